import { html } from "../../http/html.ts";
import type { SafeHtml } from "../../http/html.ts";
import type { Language } from "../../http/look/document.ts";
import type { oneTimeCodes } from "./three-ds.ts";

export interface ChallengeWords {
  readonly band: string;
  readonly bank: string;
  readonly title: string;
  readonly errorTitle: (title: string) => string;
  readonly text: (merchant: SafeHtml) => SafeHtml;
  readonly rows: Readonly<Record<"merchant" | "amount" | "card", string>>;
  readonly code: string;
  readonly codeHint: string;
  readonly unknownCode: string;
  readonly approve: string;
  readonly reject: string;
  readonly cancel: string;
  readonly limit: (minutes: number) => string;
  readonly table: string;
  readonly tableHint: string;
  readonly columns: Readonly<Record<"code" | "result", string>>;
  /** In the order shown. */
  readonly results: readonly (readonly [code: keyof typeof oneTimeCodes, result: string])[];
}

const english: ChallengeWords = {
  band: "SIMULATED: this is not a real bank",
  bank: "Sample Bank",
  title: "Confirm your payment",
  errorTitle: (title) => `Error: ${title}`,
  text: (merchant) =>
    html`${merchant} asks for this payment. Enter the one-time code, or press a button.`,
  rows: { merchant: "Merchant", amount: "Amount", card: "Card" },
  code: "One-time code",
  codeHint: "1234 confirms the payment; other codes are listed below",
  unknownCode: "This code is not known here. Use one from the list below, or leave the field empty",
  approve: "Approve",
  reject: "Reject",
  cancel: "Cancel",
  limit: (minutes) => `The bank waits ${minutes} minutes. After that the payment is not confirmed.`,
  table: "Codes of the simulator",
  tableHint: "With a code, Approve does what the code says.",
  columns: { code: "Code", result: "What the bank answers" },
  results: [
    ["1234", "Confirmed"],
    ["1111", "Not confirmed: the code is wrong"],
    ["2222", "Rejected by the bank"],
    ["3333", "The bank's check is not available"],
    ["7777", "Attempted: the bank takes no part, the payment goes on"],
  ],
};

const arabic: ChallengeWords = {
  band: "محاكاة: هذا ليس بنكًا حقيقيًا",
  bank: "البنك النموذجي",
  title: "أكّد عملية الدفع",
  errorTitle: (title) => `خطأ: ${title}`,
  text: (merchant) => html`طلب الدفع هذا من ${merchant}. أدخل الرمز المؤقت أو اضغط أحد الأزرار.`,
  rows: { merchant: "المتجر", amount: "المبلغ", card: "البطاقة" },
  code: "الرمز المؤقت",
  codeHint: "الرمز 1234 يؤكد العملية، وبقية الرموز مبيّنة أدناه",
  unknownCode: "هذا الرمز غير معروف هنا. استخدم رمزًا من القائمة أدناه أو اترك الحقل فارغًا",
  approve: "تأكيد",
  reject: "رفض",
  cancel: "إلغاء",
  limit: (minutes) =>
    minutes === 5
      ? "ينتظر البنك 5 دقائق، ولا تُؤكَّد العملية بعدها."
      : `مدة انتظار البنك بالدقائق: ${minutes}، ولا تُؤكَّد العملية بعدها.`,
  table: "رموز المحاكاة",
  tableHint: "إذا أدخلت رمزًا فإن زر «تأكيد» يعمل بحسب الرمز.",
  columns: { code: "الرمز", result: "جواب البنك" },
  results: [
    ["1234", "تم التأكيد"],
    ["1111", "لم يتم التأكيد: الرمز خاطئ"],
    ["2222", "رفض البنك العملية"],
    ["3333", "خدمة التحقق لدى البنك غير متاحة"],
    ["7777", "محاولة فقط: البنك غير مشارك والعملية تستمر"],
  ],
};

export const challengeWords: Readonly<Record<Language, ChallengeWords>> = {
  en: english,
  ar: arabic,
};

import type { StatusLetter } from "@wasl/protocol";
import type { TranType } from "./facts.ts";

/** Who a mail about an outcome is for. */
export type MailReader = "merchant" | "shopper";

/** The words of e-mails about an outcome, in one language. */
export interface MailWords {
  /** What was done, as the beginning of a headline. */
  readonly types: Readonly<Record<TranType | "Payment Request", string>>;
  readonly statuses: Readonly<Record<StatusLetter, string>>;
  readonly headline: (what: string, status: string) => string;
  readonly subject: (headline: string, amount: string, about: string) => string;
  readonly shopperIntro: (merchant: string) => string;
  readonly merchantIntro: string;
  readonly testPayment: string;
  readonly rows: {
    readonly status: string;
    readonly code: string;
    readonly message: string;
    readonly amount: string;
    readonly cartAmount: string;
    readonly merchant: string;
    readonly order: string;
    readonly description: string;
    readonly card: string;
    readonly method: string;
    readonly reference: string;
    readonly previousReference: string;
    readonly customer: string;
    readonly time: string;
  };
  readonly footer: Readonly<Record<MailReader, (merchant: string) => string>>;
}

export const mailWords: Readonly<Record<"en" | "ar", MailWords>> = {
  en: {
    types: {
      Sale: "Payment",
      Auth: "Authorisation",
      Register: "Card verification",
      Capture: "Capture",
      Void: "Void",
      Release: "Release",
      Refund: "Refund",
      AuthExt: "Extension of the authorisation",
      "Payment Request": "Payment request",
    },
    statuses: {
      A: "approved",
      H: "held for review",
      P: "pending",
      V: "voided",
      E: "failed",
      D: "declined",
      X: "expired",
      C: "cancelled",
    },
    headline: (what, status) => `${what} ${status}`,
    subject: (headline, amount, about) => `${headline}: ${amount} · ${about}`,
    shopperIntro: (merchant) => `This is about your payment to ${merchant}.`,
    merchantIntro: "A transaction of your profile has its outcome.",
    testPayment: "This was a test: no money has moved.",
    rows: {
      status: "Status",
      code: "Code",
      message: "Message",
      amount: "Amount",
      cartAmount: "Amount of the order",
      merchant: "Shop",
      order: "Order",
      description: "Description",
      card: "Card",
      method: "Way to pay",
      reference: "Reference",
      previousReference: "Follows",
      customer: "Customer",
      time: "Time",
    },
    footer: {
      merchant: (merchant) =>
        `Sent because e-mails are switched on for ${merchant}. Orders are to be decided by the Callback or a query, not by this e-mail.`,
      shopper: (merchant) =>
        `You get this because your address was given with a payment to ${merchant}. Please turn to the shop with your questions.`,
    },
  },
  ar: {
    types: {
      Sale: "عملية الدفع",
      Auth: "عملية التفويض",
      Register: "عملية التحقق من البطاقة",
      Capture: "عملية التحصيل",
      Void: "عملية إلغاء التفويض",
      Release: "عملية تحرير المبلغ",
      Refund: "عملية الاسترداد",
      AuthExt: "عملية تمديد التفويض",
      "Payment Request": "عملية طلب الدفع",
    },
    statuses: {
      A: "مقبولة",
      H: "موقوفة للمراجعة",
      P: "قيد الانتظار",
      V: "مُبطلة",
      E: "لم تنجح",
      D: "مرفوضة",
      X: "منتهية الصلاحية",
      C: "مُلغاة",
    },
    headline: (what, status) => `${what} ${status}`,
    subject: (headline, amount, about) => `${headline}: ${amount} · ${about}`,
    shopperIntro: (merchant) => `هذه الرسالة بخصوص دفعتك إلى ${merchant}.`,
    merchantIntro: "صدرت نتيجة إحدى عمليات حسابك.",
    testPayment: "هذه عملية تجريبية، ولم يُخصم أي مبلغ.",
    rows: {
      status: "الحالة",
      code: "الرمز",
      message: "النص",
      amount: "المبلغ",
      cartAmount: "مبلغ الطلب",
      merchant: "المتجر",
      order: "الطلب",
      description: "الوصف",
      card: "البطاقة",
      method: "طريقة الدفع",
      reference: "الرقم المرجعي",
      previousReference: "العملية السابقة",
      customer: "العميل",
      time: "الوقت",
    },
    footer: {
      merchant: (merchant) =>
        `وصلتك هذه الرسالة لأن رسائل البريد مفعّلة لحساب ${merchant}. اعتمد في الطلبات على إشعار Callback أو على الاستعلام، لا على هذه الرسالة.`,
      shopper: (merchant) =>
        `وصلتك هذه الرسالة لأن بريدك ذُكر مع دفعة إلى ${merchant}. لأي استفسار يُرجى التواصل مع المتجر.`,
    },
  },
};

import { html } from "../../http/html.ts";
import type { SafeHtml } from "../../http/html.ts";
import type { Language } from "../../http/look/document.ts";
import type { providerDecisions } from "./providers.ts";

export interface ProviderWords {
  readonly band: (method: SafeHtml) => SafeHtml;
  readonly title: (method: string) => string;
  readonly heading: (merchant: SafeHtml) => SafeHtml;
  readonly text: (method: SafeHtml) => SafeHtml;
  readonly rows: Readonly<Record<"merchant" | "amount", string>>;
  readonly decisions: Readonly<Record<(typeof providerDecisions)[number], string>>;
  readonly lateHint: string;
  readonly limit: (minutes: number) => string;
}

export const providerWords: Readonly<Record<Language, ProviderWords>> = {
  en: {
    band: (method) => html`SIMULATED: this is not the real ${method}`,
    title: (method) => `${method} (simulated)`,
    heading: (merchant) => html`Pay ${merchant}`,
    text: (method) =>
      html`In real life a page of ${method} opens here, or its app. This one stands in for it:
      nothing is sent to ${method}, and no money moves.`,
    rows: { merchant: "Merchant", amount: "Amount" },
    decisions: {
      approve: "Pay",
      reject: "Refuse",
      cancel: "Cancel and go back",
      approve_late: "Pay, but answer late",
    },
    lateHint: "The shop is told nothing until the answer is there, some seconds later:",
    limit: (minutes) =>
      `If you leave or close this page, the payment expires after ${minutes} minutes.`,
  },
  ar: {
    band: (method) => html`محاكاة: هذه ليست صفحة ${method} الحقيقية`,
    title: (method) => `${method} (محاكاة)`,
    heading: (merchant) => html`الدفع إلى ${merchant}`,
    text: (method) =>
      html`في الواقع تُفتح هنا صفحة ${method} أو تطبيقها، وهذه الصفحة تقوم مقامها: لا يُرسَل شيء إلى
      ${method} ولا تُنقل أي أموال.`,
    rows: { merchant: "المتجر", amount: "المبلغ" },
    decisions: {
      approve: "ادفع",
      reject: "ارفض",
      cancel: "إلغاء والعودة",
      approve_late: "ادفع مع تأخير الجواب",
    },
    lateHint: "لا يُبلَّغ المتجر بشيء حتى يصل الجواب بعد ثوانٍ:",
    limit: (minutes) => `إذا تركت هذه الصفحة أو أغلقتها تنتهي صلاحية الدفع بعد ${minutes} دقيقة.`,
  },
};

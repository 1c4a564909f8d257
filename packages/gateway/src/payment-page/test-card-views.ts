import { brandOf } from "../acquirers/card-facts.ts";
import { type TestCard, testCards } from "../acquirers/simulator/test-cards.ts";
import type { Language, TestCardView } from "./views.ts";

const words = {
  en: {
    approve: "Approved",
    threeDs: "Approved after 3-D Secure",
    hold: "Held for review",
    not_authorised: "Declined: no reason given",
    three_ds_not_available: "Declined: card without 3-D Secure",
    not_permitted: "Declined: not permitted by the bank",
    insufficient_funds: "Declined: insufficient funds",
    type_not_supported: "Declined: transaction type not supported",
    three_ds_unavailable: "Declined: 3-D Secure not working",
    fraud_reported: "Declined: reported as fraud",
    system_error: "Error: the bank's system fails",
    no_answer: "Error: the bank never answers",
    late_answer: "Approved, but the bank answers late",
    late_refund: "Approved; refunds stay pending at first",
    no_refund: "Approved; the bank refuses refunds",
    no_recurring: "Approved, but declined when charged again without the shopper",
  },
  // What reads left to right stands between isolates: these are plain text.
  ar: {
    approve: "عملية مقبولة",
    threeDs: "مقبولة بعد التحقق عبر \u20663-D Secure\u2069",
    hold: "معلّقة للمراجعة",
    not_authorised: "مرفوضة: دون سبب",
    three_ds_not_available: "مرفوضة: البطاقة لا تدعم \u20663-D Secure\u2069",
    not_permitted: "مرفوضة: لا يسمح بها البنك",
    insufficient_funds: "مرفوضة: الرصيد غير كافٍ",
    type_not_supported: "مرفوضة: نوع العملية غير مدعوم",
    three_ds_unavailable: "مرفوضة: خدمة \u20663-D Secure\u2069 لا تعمل",
    fraud_reported: "مرفوضة: بلاغ احتيال",
    system_error: "خطأ: عطل في نظام البنك",
    no_answer: "خطأ: البنك لا يردّ",
    late_answer: "مقبولة، لكن ردّ البنك يتأخر",
    late_refund: "مقبولة، ويبقى الاسترداد معلّقًا في البداية",
    no_refund: "مقبولة، لكن البنك يرفض الاسترداد",
    no_recurring: "مقبولة، لكن تُرفض عند الخصم لاحقًا دون حضور صاحبها",
  },
} as const;

/** The rows of the sandbox's drawer, in the page's language. */
export function testCardViews(language: Language, now: Date): TestCardView[] {
  const expiry = `12 / ${(now.getUTCFullYear() + 4).toString().slice(-2)}`;
  return testCards.map((card) => ({
    label: outcomeOf(card, language),
    brand: brandOf(card.number) ?? card.brand,
    number: card.number,
    expiry,
    securityCode: card.securityCode,
    outcome: outcomeOf(card, language),
  }));
}

function outcomeOf(card: TestCard, language: Language): string {
  return words[language][card.threeDs ? "threeDs" : card.behaviour];
}

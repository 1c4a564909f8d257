import { html } from "../html.ts";
import type { SafeHtml } from "../html.ts";
import type { Language } from "./document.ts";

type Tone = "green" | "amber" | "red" | "blue" | "plain";

const chips = {
  A: { tone: "green", en: "Authorised", ar: "مقبولة" },
  H: { tone: "amber", en: "Held", ar: "قيد المراجعة" },
  P: { tone: "amber", en: "Pending", ar: "معلّقة" },
  V: { tone: "blue", en: "Voided", ar: "مُبطَلة" },
  D: { tone: "red", en: "Declined", ar: "مرفوضة" },
  E: { tone: "red", en: "Error", ar: "خطأ" },
  X: { tone: "plain", en: "Expired", ar: "منتهية" },
  C: { tone: "plain", en: "Cancelled", ar: "ملغاة" },
} as const satisfies Readonly<Record<string, Readonly<Record<Language, string> & { tone: Tone }>>>;

/** The status of a payment as the same small mark everywhere: its letter and its word. */
export function statusChip(letter: keyof typeof chips, language: Language): SafeHtml {
  const { tone, [language]: word } = chips[letter];
  return html`<span class="chip chip-${tone}"
    ><span class="chip-letter" aria-hidden="true"><span>${letter}</span></span
    >${word}</span
  >`;
}

import { attribute, html, isolate, leftToRight } from "../../http/html.ts";
import type { SafeHtml } from "../../http/html.ts";
import type { FieldName, PayFormView, StoredCardView } from "../views.ts";
import type { Words } from "../words.ts";
import { brandMark } from "./brand-marks.ts";
import { textField } from "./field.ts";
import { shortCard } from "./order.ts";

/** The stored card, and the one thing that is not stored: its security code. */
export function storedCardFields(
  stored: StoredCardView,
  words: Words,
  errorOf: (name: FieldName) => string | null,
): SafeHtml {
  const amex = stored.brand === "AmericanExpress";
  const hint = amex ? words.codeHintFront : words.codeHintBack;
  const testHint =
    stored.testCode === null ? "" : ` · ${words.storedCard.testCode(stored.testCode)}`;
  return html`<div class="stored-card">
      ${brandMark(stored.brand)}
      <span class="mono">${leftToRight(shortCard(stored.description))}</span>
      <span class="stored-card-expiry"
        >${words.storedCard.expires(html`<bdi class="figures">${leftToRight(stored.expiry)}</bdi>`)}</span
      >
    </div>
    <div class="field-grid">
      ${textField({
        name: "security_code",
        label: words.labels.security_code,
        value: "",
        error: errorOf("security_code"),
        inputmode: "numeric",
        leftToRight: true,
        autocomplete: "cc-csc",
        hint: `${hint}${testHint}`,
      })}
    </div>`;
}

/** The shopper's choice to have the card stored, where the shop asks for it. */
export function saveCardBox(view: PayFormView, words: Words): SafeHtml | null {
  if (view.saveCard === null || view.storedCard !== null) return null;
  const merchant = isolate(view.order.merchantName);
  return html`<div class="save-card">
    <input
      class="check"
      type="checkbox"
      id="save-card"
      name="save_card"
      value="1"
      aria-describedby="save-card-hint"
      ${attribute("checked", view.saveCard.ticked)}
    />
    <label class="save-card-label" for="save-card">${words.saveCard.label(merchant)}</label>
    <p class="hint" id="save-card-hint">${words.saveCard.hint}</p>
  </div>`;
}

import { html } from "../../http/html.ts";
import type { SafeHtml } from "../../http/html.ts";
import type { Language } from "../../http/look/document.ts";
import { amountText } from "../../http/look/format.ts";
import { icon } from "../../http/look/icons.ts";
import type { ContactFieldName, FieldError, PayFormView, ShippingFieldName } from "../views.ts";
import { wordsFor } from "../words-for.ts";
import { fieldId } from "./field.ts";

/** The sentence for a mistake. */
export function errorText(error: FieldError, language: Language): string {
  const { errors } = wordsFor(language);
  if (error.field === "amount") {
    if (!("limit" in error)) return errors.amount[error.kind];
    const { decimal, currency } = error.limit;
    return errors.amount[error.kind](amountText(decimal, currency, language));
  }
  if (error.field === "number") return errors.number[error.kind];
  if (error.field === "expiry") return errors.expiry[error.kind];
  if (error.field === "security_code") return errors.security_code[error.kind];
  if (error.field === "holder") return errors.holder[error.kind];
  return errors.contact[contactField(error.field)][error.kind];
}

/** The same words for both addresses. */
function contactField(name: ContactFieldName | ShippingFieldName): ContactFieldName {
  return name.replace(/^shipping_/, "") as ContactFieldName;
}

/** What has to be corrected, with a link to each field. */
export function errorSummary(view: PayFormView): SafeHtml | null {
  if (view.errors.length === 0) return null;
  const words = wordsFor(view.language);
  return html`<div
    class="note note-red error-summary"
    tabindex="-1"
    role="group"
    aria-labelledby="error-summary-title"
    data-error-summary
  >
    ${icon("alert")}
    <div>
      <h2 id="error-summary-title">${words.errorSummary(view.errors.length)}</h2>
      <ul class="error-links">
        ${view.errors.map(
          (error) =>
            html`<li>
              <a href="#${fieldId(error.field)}">${errorText(error, view.language)}</a>
            </li>`,
        )}
      </ul>
    </div>
  </div>`;
}

import { html } from "../../http/html.ts";
import type { SafeHtml } from "../../http/html.ts";
import type { Language } from "../../http/look/document.ts";
import { amountText } from "../../http/look/format.ts";
import { icon } from "../../http/look/icons.ts";
import type { ContactFieldName, FieldError, PayFormView } from "../views.ts";
import { wordsFor } from "../words-for.ts";
import { fieldId } from "./field.ts";

/** The sentence for a mistake. */
export function errorText(error: FieldError, language: Language): string {
  const { errors } = wordsFor(language);
  switch (error.field) {
    case "number":
      return errors.number[error.kind];
    case "expiry":
      return errors.expiry[error.kind];
    case "security_code":
      return errors.security_code[error.kind];
    case "holder":
      return errors.holder[error.kind];
    case "amount":
      return "limit" in error
        ? errors.amount[error.kind](amountText(error.limit.decimal, error.limit.currency, language))
        : errors.amount[error.kind];
    default: {
      const kind = error.field.replace("shipping_", "") as ContactFieldName;
      return errors.contact[kind][error.kind];
    }
  }
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

import { attribute, html, isolate, safeAddress } from "../../http/html.ts";
import type { SafeHtml } from "../../http/html.ts";
import { amountText } from "../../http/look/format.ts";
import { icon } from "../../http/look/icons.ts";
import type { FieldError, FieldName, PayFormView } from "../views.ts";
import type { Words } from "../words.ts";
import { wordsFor } from "../words-for.ts";
import { billingFields } from "./billing-fields.ts";
import { brandMarks } from "./brand-marks.ts";
import { fieldId, textField } from "./field.ts";
import { saveCardBox, storedCardFields } from "./stored-card.ts";
import { pageDocument } from "./layout.ts";
import { inlineAmount, orderSummary } from "./order.ts";
import { testCardDrawer } from "./test-cards.ts";
import { timeLimit } from "./time-limit.ts";

/** The form for the card, empty or with what has to be corrected. */
export function payFormPage(view: PayFormView): string {
  const words = wordsFor(view.language);
  const { merchantName, tranRef } = view.order;
  const title = titleOf(view, words);
  return pageDocument(view, {
    name: "pay",
    title: view.errors.length > 0 ? words.errorTitle(title) : title,
    merchantName,
    tranRef,
    wide: true,
    foot: timeLimit(view),
    main: html`<main class="pay">
      ${summary(view, words)}
      <div class="pay-column">${errorSummary(view)}${cardForm(view)}${testCardDrawer(view)}</div>
    </main>`,
  });
}

function titleOf({ order, language, registers }: PayFormView, words: Words): string {
  const { amount, merchantName } = order;
  const text = amountText(amount.decimal, amount.currency, language);
  return registers ? words.register.title(merchantName) : words.payTitle(text, merchantName);
}

function summary({ order, language, registers }: PayFormView, words: Words): SafeHtml {
  if (!registers) return orderSummary(order, language);
  return orderSummary(order, language, words.register.heading(isolate(order.merchantName)));
}

/** The sentence for a mistake. */
function errorText(error: FieldError, { errors }: Words): string {
  switch (error.field) {
    case "number":
      return errors.number[error.kind];
    case "expiry":
      return errors.expiry[error.kind];
    case "security_code":
      return errors.security_code[error.kind];
    case "holder":
      return errors.holder[error.kind];
    case "name":
    case "email":
    case "phone":
    case "street1":
    case "city":
    case "state":
    case "country":
    case "zip":
      return errors.billing[error.field][error.kind];
    default:
      return error satisfies never;
  }
}

function errorSummary(view: PayFormView): SafeHtml | null {
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
            html`<li><a href="#${fieldId(error.field)}">${errorText(error, words)}</a></li>`,
        )}
      </ul>
    </div>
  </div>`;
}

function cardForm(view: PayFormView): SafeHtml {
  const words = wordsFor(view.language);
  const merchant = isolate(view.order.merchantName);
  const errorOf = (name: FieldName): string | null => {
    const error = view.errors.find(({ field }) => field === name);
    return error === undefined ? null : errorText(error, words);
  };
  return html`<form
    class="card pay-form"
    method="post"
    action="${safeAddress(view.payPath)}"
    accept-charset="utf-8"
    novalidate
    data-pay
    data-brands="${JSON.stringify(view.brands)}"
    ${attribute("data-stored-brand", view.storedCard?.brand)}
    data-words="${JSON.stringify(scriptWords(words))}"
    ${attribute("data-sandbox", view.sandbox)}
  >
    <fieldset class="fields">
      <legend class="legend">
        ${view.storedCard ? words.storedCard.heading : words.cardHeading}
      </legend>
      ${
        view.storedCard
          ? storedCardFields(view.storedCard, words, errorOf)
          : html`${brandMarks(view.brands, words.brandsLabel)} ${cardFields(view, words, errorOf)}`
      }
    </fieldset>
    ${billingFields(view, errorOf)} ${saveCardBox(view, words)}
    <div class="pay-actions">
      <button class="button button-primary button-wide pay-button" type="submit">
        ${icon("lock")}<span
          >${
            view.registers
              ? words.register.button
              : words.payButton(inlineAmount(view.order.amount, view.language))
          }</span
        >
      </button>
      <a class="button button-quiet button-wide" href="${safeAddress(view.cancelPath)}"
        ><span>${words.cancelLink(merchant)}</span></a
      >
      <p class="hint privacy">
        ${view.registers && html`${words.register.note} `}${words.privacy(merchant)}
      </p>
    </div>
  </form>`;
}

function cardFields(
  view: PayFormView,
  words: Words,
  errorOf: (name: FieldName) => string | null,
): SafeHtml {
  const field = (name: "number" | "expiry" | "security_code" | "holder") => ({
    name,
    label: words.labels[name],
    value: name === "security_code" ? "" : (view.values[name] ?? ""),
    error: errorOf(name),
  });
  const digits = { inputmode: "numeric", leftToRight: true } as const;
  return html`<div class="field-grid">
    ${textField({ ...field("number"), ...digits, autocomplete: "cc-number" })}
    ${textField({
      ...field("expiry"),
      ...digits,
      autocomplete: "cc-exp",
      placeholder: "MM / YY",
      hint: words.expiryHint,
    })}
    ${textField({
      ...field("security_code"),
      ...digits,
      autocomplete: "cc-csc",
      hint: words.codeHintBack,
    })}
    ${textField({ ...field("holder"), autocomplete: "cc-name", capitalise: true })}
  </div>`;
}

/** What the script needs to say by itself. */
function scriptWords(words: Words) {
  const { number, expiry, security_code: code, holder } = words.errors;
  return {
    busy: words.payBusy,
    codeHintBack: words.codeHintBack,
    codeHintFront: words.codeHintFront,
    number,
    expiry,
    security_code: code,
    holder,
  };
}

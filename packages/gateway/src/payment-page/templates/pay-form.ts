import { attribute, html, isolate, safeAddress } from "../../http/html.ts";
import type { HtmlValue, SafeHtml } from "../../http/html.ts";
import { amountText } from "../../http/look/format.ts";
import { icon } from "../../http/look/icons.ts";
import type { FieldName, PayFormView } from "../views.ts";
import type { Words } from "../words.ts";
import { wordsFor } from "../words-for.ts";
import { brandMarks } from "./brand-marks.ts";
import { billingFields, shippingFields } from "./contact-fields.ts";
import { textField } from "./field.ts";
import { errorSummary, errorText } from "./form-errors.ts";
import { saveCardBox, storedCardFields } from "./stored-card.ts";
import { pageDocument } from "./layout.ts";
import { inlineAmount, orderSummary } from "./order.ts";
import {
  cardFilterNote,
  confirmNote,
  discountLine,
  donationField,
  offers,
  priceForScript,
  shownTotal,
} from "./price-parts.ts";
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
      <div class="pay-column">
        ${errorSummary(view)}${confirmNote(view)}${view.brands.length > 0 && cardForm(view)}
        ${otherWays(view)}${view.brands.length > 0 && testCardDrawer(view)}
      </div>
    </main>`,
  });
}

function titleOf({ order, language, registers }: PayFormView, words: Words): string {
  const { amount, merchantName } = order;
  const text = amountText(amount.decimal, amount.currency, language);
  return registers ? words.register.title(merchantName) : words.payTitle(text, merchantName);
}

function summary({ order, language, registers, donation }: PayFormView, words: Words): SafeHtml {
  const merchant = isolate(order.merchantName);
  const heading = registers ? words.register.heading(merchant) : words.payHeading(merchant);
  return orderSummary(order, language, { chooses: donation !== null, heading });
}

function cardForm(view: PayFormView): SafeHtml {
  const words = wordsFor(view.language);
  const merchant = isolate(view.order.merchantName);
  const errorOf = (name: FieldName): string | null => {
    const error = view.errors.find(({ field }) => field === name);
    return error === undefined ? null : errorText(error, view.language);
  };
  return html`<form
    class="card pay-form"
    method="post"
    action="${safeAddress(view.payPath)}"
    accept-charset="utf-8"
    novalidate
    data-pay
    data-brands="${JSON.stringify(brandsForScript(view))}"
    ${attribute("data-card-filter", view.cardFilter && JSON.stringify(view.cardFilter.prefixes))}
    ${attribute("data-stored-brand", view.storedCard?.brand)}
    data-words="${JSON.stringify(scriptWords(view, words))}"
    ${attribute("data-price", priceForScript(view))}
    ${attribute("data-sandbox", view.sandbox)}
  >
    ${shownTotal(view)}${donationField(view, errorOf("amount"))}
    <fieldset class="fields">
      <legend class="legend">
        ${view.storedCard ? words.storedCard.heading : words.cardHeading}
      </legend>
      ${!view.storedCard && brandMarks(view.brands, words.brandsLabel)}
      ${view.cardFilter && cardFilterNote(view.cardFilter, words)} ${offers(view)}
      ${
        view.storedCard
          ? storedCardFields(view.storedCard, words, errorOf)
          : cardFields(view, words, errorOf)
      }
    </fieldset>
    ${billingFields(view, errorOf)}${shippingFields(view, errorOf)}${saveCardBox(view, words)}
    <div class="pay-actions">
      ${discountLine(view)}
      <button class="button button-primary button-wide pay-button" type="submit">
        ${icon("lock")}<span>${payLabel(view, words)}</span>
      </button>
      ${cancelLink(view, words)}
      <p class="hint privacy">
        ${view.registers && html`${words.register.note} `}${words.privacy(merchant)}
      </p>
    </div>
  </form>`;
}

/** Also those not taken here: a mada card is no Visa, though a Visa's prefix fits it. */
function brandsForScript({ brands, knownBrands }: PayFormView) {
  const taken = new Set(brands.map(({ name }) => name));
  return knownBrands.map((brand) => ({ ...brand, taken: taken.has(brand.name) }));
}

function cancelLink({ cancelPath, order }: PayFormView, words: Words): SafeHtml {
  return html`<a class="button button-quiet button-wide" href="${safeAddress(cancelPath)}"
    ><span>${words.cancelLink(isolate(order.merchantName))}</span></a
  >`;
}

/** The amount, where it is known when the page is made and is taken. */
function payLabel(view: PayFormView, words: Words): HtmlValue {
  const { confirm, donation, order, language, registers } = view;
  if (registers) return words.register.button;
  const total = confirm?.total ?? (donation === null ? order.amount : null);
  return total === null ? words.payPlain : words.payButton(inlineAmount(total, language));
}

function otherWays(view: PayFormView): SafeHtml | null {
  if (view.otherWays.length === 0) return null;
  const words = wordsFor(view.language);
  const withoutCards = view.brands.length === 0;
  const only = withoutCards && view.otherWays.length === 1 && "button-primary";
  return html`<section class="other-ways" aria-labelledby="other-ways-title">
    <h2 id="other-ways-title" class="legend">
      ${withoutCards ? words.waysHeading : words.otherWays}
    </h2>
    ${view.otherWays.map(
      ({ code, label, path }) =>
        html`<form method="post" action="${safeAddress(path)}" data-way="${code}">
          <button class="button button-wide ${only}" type="submit"><bdi>${label}</bdi></button>
        </form>`,
    )}
    ${withoutCards && cancelLink(view, words)}
  </section>`;
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

const cardFieldCount = 4;

/** What the script needs to say by itself. */
function scriptWords({ billingFields: billing, shipping, donation }: PayFormView, words: Words) {
  const { number, expiry, security_code: code, holder } = words.errors;
  const fields = cardFieldCount + billing.length + (shipping?.fields.length ?? 0);
  return {
    // For one mistake, two and so on: languages count in their own ways.
    mistakes: Array.from({ length: fields + (donation ? 1 : 0) }, (_, index) =>
      words.errorSummary(index + 1),
    ),
    busy: words.payBusy,
    codeHintBack: words.codeHintBack,
    codeHintFront: words.codeHintFront,
    number,
    expiry,
    security_code: code,
    holder,
  };
}

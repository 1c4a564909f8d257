import { amountMinorMax, minimumAmount, minorDigits, parseCurrency } from "@wasl/protocol";
import { html } from "../../http/html.ts";
import type { SafeHtml } from "../../http/html.ts";
import { amountParts } from "../../http/look/format.ts";
import { icon } from "../../http/look/icons.ts";
import type { AmountView, CardFilterView, DiscountView, PayFormView } from "../views.ts";
import type { Words } from "../words.ts";
import { wordsFor } from "../words-for.ts";
import { textField } from "./field.ts";
import { inlineAmount } from "./order.ts";

/** Which cards the shop takes, before one is typed. */
export function cardFilterNote(filter: CardFilterView, words: Words): SafeHtml {
  if (filter.title !== null)
    return html`<p class="hint legend-hint"><bdi>${filter.title}</bdi></p>`;
  const shown = filter.prefixes.slice(0, prefixesShownMax);
  const list = shown.map(
    (prefix, index) =>
      html`${index > 0 && words.listComma}<bdi dir="ltr" class="mono prefix"
          >${grouped(prefix)}</bdi
        >`,
  );
  const more = filter.prefixes.length > prefixesShownMax && "…";
  return html`<p class="hint legend-hint">${words.cardFilter(html`${list}${more}`)}</p>`;
}

const prefixesShownMax = 6;

function grouped(prefix: string): string {
  return prefix.match(/.{1,4}/g)?.join(" ") ?? prefix;
}

/** "SAR" in English, "ريال سعودي" in Arabic, as beside every amount. */
function currencyName({ order: { amount }, language }: PayFormView): string {
  return amountParts(amount.decimal, amount.currency, language).currency;
}

/** The amount the shopper chooses. */
export function donationField(view: PayFormView, error: string | null): SafeHtml | null {
  if (view.donation === null) return null;
  const words = wordsFor(view.language);
  const { min, max } = view.donation;
  const show = (amount: AmountView) => inlineAmount(amount, view.language);
  return html`<fieldset class="fields">
    <legend class="visually-hidden">${words.donationHeading}</legend>
    <div class="field-grid">
      ${textField({
        name: "amount",
        label: words.labels.amount(currencyName(view)),
        autocomplete: "transaction-amount",
        value: view.values.amount ?? "",
        error,
        inputmode: "decimal",
        missing: words.errors.amount.missing,
        leftToRight: true,
      })}
    </div>
    ${
      (min ?? max) !== null &&
      html`<p class="hint">${words.donationBounds(min && show(min), max && show(max))}</p>`
    }
  </fieldset>`;
}

/** The total has changed with the card; nothing is charged before the shopper has seen it. */
export function confirmNote(view: PayFormView): SafeHtml | null {
  const { confirm, language } = view;
  if (confirm === null) return null;
  const words = wordsFor(language);
  return html`<div
    class="note note-blue error-summary"
    tabindex="-1"
    role="group"
    aria-labelledby="confirm-title"
    data-error-summary
  >
    ${icon("alert")}
    <div>
      <h2 id="confirm-title">
        ${confirm.discount === null ? words.totalChanged : titleOf(confirm.discount, words)}
      </h2>
      <p>${words.newTotal(inlineAmount(confirm.total, language))} ${words.typeCodeAgain}</p>
    </div>
  </div>`;
}

function titleOf({ title }: DiscountView, words: Words): SafeHtml | string {
  return title === null ? words.discount : html`<bdi>${title}</bdi>`;
}

/** The offers of the shop, in its own words. */
export function offers(view: PayFormView): SafeHtml | null {
  const titles = new Set(view.discounts.flatMap(({ title }) => title ?? []));
  if (titles.size === 0) return null;
  return html`<ul class="offers">
    ${[...titles].map((title) => html`<li>${icon("tag")}<bdi>${title}</bdi></li>`)}
  </ul>`;
}

/** Above the button: the discount of the card typed. A script fills it in, or the server has. */
export function discountLine(view: PayFormView): SafeHtml | null {
  if (view.discounts.length === 0) return null;
  const words = wordsFor(view.language);
  const discount = view.confirm?.discount;
  return html`<p class="discount-line" data-discount ${hiddenUnless(discount)}>
    <span class="discount-title"
      >${icon("tag")}<bdi data-discount-title>${discount?.title ?? words.discount}</bdi></span
    >
    <span class="discount-before"
      ><span class="visually-hidden">${words.before} </span
      ><s data-discount-before
        >${discount ? inlineAmount(discount.before, view.language) : ""}</s
      ></span
    >
  </p>`;
}

function hiddenUnless(shown: unknown): SafeHtml | false {
  return !shown && html` hidden`;
}

/** The total the page shows, so that the server charges no other; for pages where it can change. */
export function shownTotal(view: PayFormView): SafeHtml | null {
  if (view.discounts.length === 0) return null;
  const total = view.confirm?.total ?? (view.donation === null ? view.order.amount : null);
  return html`<input type="hidden" name="total" value="${total === null ? "" : minorOf(total)}" />`;
}

function minorOf(amount: AmountView): string;
function minorOf(amount: AmountView | null): string | undefined;
function minorOf(amount: AmountView | null): string | undefined {
  return amount?.decimal.replace(".", "").replace(/^0+(?=\d)/, "");
}

/** Where the script puts an amount into a sentence. */
const placeholder = html`{amount}`;

/** What the script needs to show the total while card or amount are typed; `null`: it cannot change. */
export function priceForScript(view: PayFormView): string | null {
  if (view.discounts.length === 0 && view.donation === null) return null;
  const words = wordsFor(view.language);
  const currency = parseCurrency(view.order.amount.currency);
  if (currency === undefined) return null;
  return JSON.stringify({
    minor: view.donation === null ? minorOf(view.order.amount) : null,
    currency,
    digits: minorDigits(currency),
    least: minimumAmount(currency).minor.toString(),
    from: minorOf(view.donation?.min ?? null) ?? minimumAmount(currency).minor.toString(),
    to: minorOf(view.donation?.max ?? null) ?? amountMinorMax.toString(),
    discounts: view.discounts,
    pay: view.registers ? words.register.button : words.payPlain,
    payAmount: view.registers ? words.register.button : words.payButton(placeholder).toString(),
    discount: words.discount,
    total: words.newTotal(placeholder).toString(),
  });
}

import { attribute, html, isolate, leftToRight } from "../../http/html.ts";
import type { HtmlValue, SafeHtml } from "../../http/html.ts";
import type { Language } from "../../http/look/document.ts";
import { amountHtml, amountParts } from "../../http/look/format.ts";
import { icon } from "../../http/look/icons.ts";
import type { AmountView, ItemsView, MomentView, OrderView } from "../views.ts";
import { wordsFor } from "../words-for.ts";

/** The amount, the largest thing on the screen; the currency stands back a little. */
export function largeAmount(amount: AmountView, language: Language): SafeHtml {
  const parts = amountParts(amount.decimal, amount.currency, language);
  const unit = html`<bdi class="amount-unit">${parts.currency}</bdi>`;
  const number = leftToRight(parts.number);
  return html`<p class="amount${parts.number.length > 9 && " amount-long"} money">
    ${parts.currencyFirst ? html`${unit} ${number}` : html`${number} ${unit}`}
  </p>`;
}

export function inlineAmount(amount: AmountView, language: Language, sign?: "−"): SafeHtml {
  return amountHtml(amount.decimal, amount.currency, language, sign);
}

/** "14:45 UTC" that machines can read too. */
export function momentHtml(moment: MomentView, zone: string): SafeHtml {
  return html`<bdi class="figures"
    ><time datetime="${moment.iso}">${moment.text}</time> ${zone}</bdi
  >`;
}

/** "4111 11## #### 1111" as shoppers know it: "•••• 1111". */
export function shortCard(description: string): string {
  return `•••• ${description.replaceAll(/\D/g, "").slice(-4)}`;
}

export type Row = readonly [name: string, value: HtmlValue];

/** Names and values as on a receipt. Rows without a value are left out. */
export function rowList(rows: readonly (Row | false)[]): SafeHtml {
  const shown = rows.filter((row): row is Row => row !== false);
  return html`<dl class="rows">
    ${shown.map(
      ([name, value]) =>
        html`<div class="row">
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

/** What is bought, beside or above the form. */
export function orderSummary(
  order: OrderView,
  language: Language,
  { chooses, heading }: { readonly chooses: boolean; readonly heading: SafeHtml },
): SafeHtml {
  const words = wordsFor(language);
  const amount = chooses
    ? html`<p class="amount amount-chosen">${words.donationHeading}</p>`
    : html`${largeAmount(order.amount, language)}
      ${order.alternative && alternativeLine(order, order.alternative, language)}`;
  return html`<section class="summary" aria-labelledby="pay-heading">
    <h1 id="pay-heading" class="summary-heading">${heading}</h1>
    ${amount}
    <div class="summary-more">
      <p class="summary-description"><bdi>${order.description}</bdi></p>
      ${rowList([
        [words.rows.order, html`<bdi class="mono">${order.cartId}</bdi>`],
        order.bookingReference !== undefined && [
          words.rows.booking,
          html`<bdi class="mono" dir="ltr">${order.bookingReference}</bdi>`,
        ],
      ])}
    </div>
    ${order.items && itemList(order.items, language)}
  </section>`;
}

function alternativeLine(order: OrderView, amount: AmountView, language: Language): SafeHtml {
  const { currency } = amountParts(order.amount.decimal, order.amount.currency, language);
  const words = wordsFor(language);
  return html`<p class="hint">
    ${words.alternative(inlineAmount(amount, language), isolate(currency))}
  </p>`;
}

/** As on an invoice: what it is, how many at which price, what was taken off or added. */
function itemLine(line: ItemsView["lines"][number], language: Language): SafeHtml {
  const words = wordsFor(language);
  const { description, quantity, unitCost, discount, tax, total } = line;
  const figure = ({ decimal, currency }: AmountView) =>
    leftToRight(amountParts(decimal, currency, language).number);
  const priced = quantity !== null && unitCost !== null;
  const more = [
    priced && leftToRight(`${quantity} × ${unitCost}`),
    discount && words.lineDiscount(figure(discount)),
    tax && words.lineTax(figure(tax)),
  ].filter((part) => part !== false && part !== null);
  return html`<li class="item">
    <span class="item-name"
      ><bdi>${description}</bdi>${
        !priced &&
        quantity !== null &&
        quantity !== "1" &&
        html` <span class="item-count">× ${leftToRight(quantity)}</span>`
      }${
        more.length > 0 &&
        html`<span class="item-more">${more.map((part) => html`<span>${part}</span>`)}</span>`
      }</span
    >
    ${total && inlineAmount(total, language)}
  </li>`;
}

/** More lines than this are folded away, so that a phone shows the form at once. */
const itemsUnfoldedMax = 4;

function itemList(items: ItemsView, language: Language): SafeHtml {
  const words = wordsFor(language);
  const open = items.lines.length <= itemsUnfoldedMax;
  return html`<details class="items" ${attribute("open", open)}>
    <summary class="items-title">
      <span>${words.itemsHeading(items.lines.length)}</span>${icon("chevron")}
    </summary>
    <ul class="item-list">
      ${items.lines.map((line) => itemLine(line, language))}
      ${items.charges.map(
        ({ kind, amount }) =>
          html`<li class="item item-charge">
            <span class="item-name">${words.charges[kind]}</span>
            ${inlineAmount(amount, language, kind === "discount" ? "−" : undefined)}
          </li>`,
      )}
    </ul>
  </details>`;
}

import { amountHtml, amountParts } from "../../http/look/format.ts";
import { html, isolate, leftToRight, safeAddress } from "../../http/html.ts";
import type { SafeHtml } from "../../http/html.ts";
import type { Language } from "../../http/look/document.ts";
import type { InvoiceContent, InvoiceLine } from "../../payment-requests/invoice-object.ts";
import type { Words } from "../words.ts";
import { wordsFor } from "../words-for.ts";

interface Money {
  readonly currency: string;
  readonly language: Language;
}

/** The line items and the sums below them, as on a paper invoice. */
export function lineItems(content: InvoiceContent, money: Money): SafeHtml {
  const words = wordsFor(money.language);
  return html`<section class="items-section" aria-label="${words.items}">
    <ul class="items">
      ${content.lines.map((line) => item(line, money, words))}
    </ul>
    ${sums(content, money, words)}
  </section>`;
}

/** Without the currency, which stands at the total. */
function figure(decimal: string, { currency, language }: Money): SafeHtml {
  return leftToRight(amountParts(decimal, currency, language).number);
}

function item(line: InvoiceLine, money: Money, words: Words): SafeHtml {
  const name = line.description ?? line.sku ?? "";
  const price =
    line.quantity !== undefined &&
    line.unitCost !== undefined &&
    html`<span>${leftToRight(`${line.quantity} × ${line.unitCost}`)}</span>`;
  const discount =
    line.discount !== undefined &&
    html`<span>${words.lineDiscount(figure(line.discount, money))}</span>`;
  const rate = line.taxRate === undefined ? null : leftToRight(`${line.taxRate}%`);
  const tax =
    line.tax !== undefined && html`<span>${words.lineTax(figure(line.tax, money), rate)}</span>`;
  const more = [price, discount, tax].filter((part) => part !== false);
  return html`<li class="item">
    <div class="item-name">
      ${line.url === undefined ? isolate(name) : itemLink(name, line.url)}
      ${more.length > 0 && html`<p class="item-more">${more}</p>`}
    </div>
    <p class="item-total figures">${figure(line.total, money)}</p>
  </li>`;
}

function itemLink(name: string, url: string): SafeHtml {
  return html`<a href="${safeAddress(url)}" rel="noopener noreferrer nofollow" target="_blank"
    >${isolate(name)}</a
  >`;
}

const sumNames = [
  ["subtotal", ""],
  ["discount", "−"],
  ["tax", ""],
  ["shipping", ""],
  ["extraCharges", ""],
  ["extraDiscount", "−"],
] as const;

function sums(content: InvoiceContent, money: Money, words: Words): SafeHtml {
  const shown = sumNames.flatMap(([name, sign]) => {
    const decimal = content[name];
    if (decimal === undefined) return [];
    const { number } = amountParts(decimal, money.currency, money.language);
    return [sum(words.sums[name], leftToRight(sign + number))];
  });
  return html`<dl class="rows sums">
    ${shown}
    <div class="row sum-total">
      <dt>${words.sums.total}</dt>
      <dd>${amountHtml(content.total, money.currency, money.language)}</dd>
    </div>
  </dl>`;
}

function sum(name: string, value: SafeHtml): SafeHtml {
  return html`<div class="row">
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`;
}

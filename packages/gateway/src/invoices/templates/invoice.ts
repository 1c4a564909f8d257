import { html, isolate, leftToRight, safeAddress } from "../../http/html.ts";
import type { SafeHtml } from "../../http/html.ts";
import { icon, type IconName } from "../../http/look/icons.ts";
import { pageDocument } from "../../payment-page/templates/layout.ts";
import {
  inlineAmount,
  largeAmount,
  momentHtml,
  type Row,
  rowList,
} from "../../payment-page/templates/order.ts";
import { resultMark, type Tone } from "../../payment-page/templates/result.ts";
import type { InvoiceStage, InvoiceView } from "../views.ts";
import type { Words } from "../words.ts";
import { wordsFor } from "../words-for.ts";
import { lineItems } from "./line-items.ts";

/** A shopper's invoice: to be paid, or what became of it. */
export function invoicePage(view: InvoiceView): string {
  const words = wordsFor(view.language);
  const final = finalSigns[view.stage];
  return pageDocument(view, {
    name: "invoice",
    title: words.title(view.number, view.merchantName),
    merchantName: view.merchantName,
    styles: ["invoice.css"],
    tranRef: view.receipt?.tranRef ?? null,
    main: final === undefined ? openInvoice(view, words) : closedInvoice(view, words, final),
  });
}

const finalSigns: Readonly<Partial<Record<InvoiceStage, readonly [IconName, Tone]>>> = {
  checking: ["clock", "amber"],
  paid: ["check", "green"],
  cancelled: ["cross", "plain"],
  expired: ["clock", "plain"],
};

function heading({ number, merchantName }: InvoiceView, words: Words): SafeHtml {
  return words.heading(leftToRight(number), isolate(merchantName));
}

function openInvoice(view: InvoiceView, words: Words): SafeHtml {
  return html`<main class="invoice" data-stage="${view.stage}">
    <section class="summary" aria-labelledby="invoice-heading">
      <h1 id="invoice-heading" class="summary-heading">${heading(view, words)}</h1>
      ${largeAmount(view.amount, view.language)}
    </section>
    <div class="card invoice-card">
      ${note(view, words)}
      ${rowList([[words.rows.status, words.stages[view.stage].title], ...facts(view, words)])}
      ${content(view)} ${payForm(view, words)}
    </div>
  </main>`;
}

function closedInvoice(
  view: InvoiceView,
  words: Words,
  [name, tone]: readonly [IconName, Tone],
): SafeHtml {
  const message = words.stages[view.stage];
  return html`<main class="result invoice" data-stage="${view.stage}">
    <div class="card slip">
      ${resultMark(name, tone)}
      <h1 class="result-title">${message.title}</h1>
      <p class="result-text">${message.text(isolate(view.merchantName), null)}</p>
      ${view.stage === "paid" && largeAmount(view.amount, view.language)}
      <div class="tear"></div>
      <p class="invoice-number">${heading(view, words)}</p>
      ${rowList([...facts(view, words), ...receiptRows(view, words)])} ${content(view)}
      ${after(view, words)}
    </div>
  </main>`;
}

/** What stands in the way of paying at once, or speaks for it. */
function note(view: InvoiceView, words: Words): SafeHtml | null {
  if (view.stage === "payable") return null;
  const time = view.stage === "not_active" ? view.activatesAt : view.dueAt;
  const text = words.stages[view.stage].text(
    isolate(view.merchantName),
    time && momentHtml(time, view.zone),
  );
  const tone = view.stage === "overdue" ? "amber" : "blue";
  return html`<p class="note note-${tone}">${icon("clock")}<span>${text}</span></p>`;
}

function facts(view: InvoiceView, words: Words): readonly (Row | false)[] {
  const { rows } = words;
  const { stage, zone } = view;
  const open = stage !== "paid" && stage !== "cancelled";
  return [
    view.customerName !== null && [rows.customer, isolate(view.customerName)],
    [rows.description, isolate(view.description)],
    [rows.order, html`<bdi class="mono">${view.cartId}</bdi>`],
    open && view.dueAt !== null && [rows.due, momentHtml(view.dueAt, zone)],
    open && view.expiresAt !== null && [rows.payableUntil, momentHtml(view.expiresAt, zone)],
  ];
}

function receiptRows({ receipt, zone }: InvoiceView, words: Words): readonly (Row | false)[] {
  if (receipt === null) return [];
  const { rows } = words;
  const { paidBy } = receipt;
  const card = paidBy !== null && "card" in paidBy ? paidBy.card.replaceAll(/\D/g, "") : null;
  return [
    [rows.paid, momentHtml(receipt.paidAt, zone)],
    card !== null && [rows.card, html`<bdi class="mono" dir="ltr">•••• ${card.slice(-4)}</bdi>`],
    paidBy !== null && "method" in paidBy && [rows.method, isolate(paidBy.method)],
  ];
}

function content({ content: shown, amount, language }: InvoiceView): SafeHtml {
  return lineItems(shown, { currency: amount.currency, language });
}

function payForm(view: InvoiceView, words: Words): SafeHtml | null {
  if (view.stage === "not_active") return null;
  const label =
    view.stage === "under_way"
      ? html`<span>${words.continuePayment}</span>${icon("arrow")}`
      : html`${icon("lock")}<span>${words.pay(inlineAmount(view.amount, view.language))}</span>`;
  return html`<form class="invoice-pay" method="post" action="${safeAddress(view.payPath)}">
    <button class="button button-primary button-wide pay-button" type="submit">${label}</button>
    <p class="hint returning">${words.payHint}</p>
  </form>`;
}

function after(view: InvoiceView, words: Words): SafeHtml | null {
  if (view.stage === "checking") {
    return html`<form class="actions" method="post" action="${safeAddress(view.payPath)}">
      <button class="button button-wide" type="submit">${words.look}</button>
    </form>`;
  }
  if (view.stage !== "paid") return null;
  return html`<div class="actions">
    <button class="button button-wide" type="button" data-print hidden>
      ${icon("print")}<span>${words.print}</span>
    </button>
    <p class="hint returning">${words.keepReceipt}</p>
  </div>`;
}

import { attribute, html, isolate, safeAddress } from "../../http/html.ts";
import type { SafeHtml } from "../../http/html.ts";
import type { IconName } from "../../http/look/icons.ts";
import { icon } from "../../http/look/icons.ts";
import type { BillView, HandOffView, OutcomeName, ResultMessage } from "../views.ts";
import type { Message, Words } from "../words.ts";
import { wordsFor } from "../words-for.ts";
import { pageDocument } from "./layout.ts";
import { inlineAmount, largeAmount, momentHtml, type Row, rowList, shortCard } from "./order.ts";
import { resultMark } from "./result.ts";
import type { Tone } from "./result.ts";

const signs: Readonly<Record<OutcomeName, readonly [IconName, Tone]>> = {
  paid: ["check", "green"],
  registered: ["check", "green"],
  held: ["clock", "amber"],
  pending: ["clock", "amber"],
  declined: ["cross", "red"],
  cancelled: ["cross", "plain"],
  expired: ["clock", "plain"],
  error: ["cross", "red"],
};

/** Long enough to read the first word, short enough not to be a wait. */
const refreshSeconds = 2;

/** The first look whether a bill is paid; the next ones come less and less often. */
const watchSeconds = 5;

/** How it ended, and the way back to the shop; without one, the receipt. */
export function handOffPage(view: HandOffView): string {
  const words = wordsFor(view.language);
  const { order, outcome, handOff } = view;
  const message = messageFor(view, words);
  return pageDocument(view, {
    name: handOff.way === "none" ? "receipt" : "hand-off",
    title: `${message.title} · ${order.merchantName}`,
    merchantName: order.merchantName,
    // A refresh moves this window only, so without a script the others wait for the button.
    head:
      handOff.way === "get" &&
      view.auto &&
      view.window === "self" &&
      html`<noscript
        ><meta http-equiv="refresh" content="${refreshSeconds};url=${safeAddress(handOff.url)}"
      /></noscript>`,
    main: html`<main
      class="result"
      data-outcome="${outcome}"
      ${view.watchPath !== null && watchAttributes(view.watchPath)}
      ${view.message && messageAttributes(view.message, view.window)}
    >
      <div class="card slip">
        ${resultMark(...signs[outcome])}
        <h1 class="result-title">${message.title}</h1>
        <p class="result-text">${message.text(isolate(order.merchantName))}</p>
        ${outcome === "paid" && largeAmount(order.amount, view.language)}
        ${view.bill?.payUrl && billNumber(view.bill, view.bill.payUrl, words)}
        <div class="tear"></div>
        ${receiptRows(view, words)} ${view.watchPath !== null && lookAgain(view.watchPath, words)}
        ${handOff.way === "none" && backToStart(view, words)} ${wayBack(view, words)}
        ${handOff.way !== "none" && backToStart(view, words)}
      </div>
    </main>`,
  });
}

function messageFor({ bill, outcome }: HandOffView, words: Words): Message {
  if (bill?.payUrl) return words.bill;
  return bill !== null && outcome === "expired" ? words.billExpired : words.outcomes[outcome];
}

/** For the script, which looks whether the bill is paid. */
function watchAttributes(path: string): SafeHtml {
  return html`data-watch="${safeAddress(path)}" data-watch-seconds="${watchSeconds}"`;
}

/** In place of the script. */
function lookAgain(path: string, words: Words): SafeHtml {
  return html`<noscript
    ><p class="actions">
      <a class="button button-wide" href="${safeAddress(path)}">${words.checkAgain}</a>
    </p></noscript
  >`;
}

/** The number to pay by, the largest thing on the screen. */
function billNumber(bill: BillView, payUrl: string, words: Words): SafeHtml {
  return html`<p class="amount amount-long"><bdi class="mono" dir="ltr">${bill.number}</bdi></p>
    <p class="hint">
      <a href="${safeAddress(payUrl)}" target="_blank" rel="noopener">${words.billSimulate}</a>
    </p>`;
}

function receiptRows(view: HandOffView, words: Words): SafeHtml {
  const { order, outcome, cardDescription, methodName } = view;
  const { rows } = words;
  return rowList([
    [rows.to, isolate(order.merchantName)],
    ...discountRows(view, words),
    outcome !== "paid" && [rows.amount, inlineAmount(order.amount, view.language)],
    [rows.description, isolate(order.description)],
    [rows.order, html`<bdi class="mono">${order.cartId}</bdi>`],
    order.bookingReference !== undefined && [
      rows.booking,
      html`<bdi class="mono" dir="ltr">${order.bookingReference}</bdi>`,
    ],
    ...billRows(view, words),
    methodName !== null && [rows.method, isolate(methodName)],
    cardDescription !== null && [
      rows.card,
      html`<bdi class="mono" dir="ltr">${shortCard(cardDescription)}</bdi>`,
    ],
    [words.reference, html`<bdi class="mono" dir="ltr">${order.tranRef}</bdi>`],
    [rows.time, momentHtml(view.finishedAt, view.zone)],
  ]);
}

function billRows({ bill, zone }: HandOffView, { rows }: Words): Row[] {
  if (bill === null) return [];
  return [
    [rows.method, isolate(bill.method)],
    [rows.bill, html`<bdi class="mono" dir="ltr">${bill.number}</bdi>`],
    ...(bill.payUrl === null ? [] : [[rows.payUntil, momentHtml(bill.until, zone)] as const]),
  ];
}

/** A discount that was charged: what it was before. */
function discountRows({ order, language }: HandOffView, { rows }: Words): Row[] {
  if (order.discount === undefined) return [];
  return [[rows.before, inlineAmount(order.discount.before, language)]];
}

/** For the script: what to tell the page around the frame, and which origin alone may hear it. */
function messageAttributes({ origin, fields }: ResultMessage, window: string): SafeHtml {
  return html`data-message="${JSON.stringify(Object.fromEntries(fields))}"
  data-message-origin="${origin}" data-message-window="${window === "top" ? "top" : "parent"}"`;
}

/** To the invoice or the payment link; the main thing to do where there is no shop to return to. */
function backToStart({ back, handOff }: HandOffView, words: Words): SafeHtml | null {
  if (back === null) return null;
  const primary = handOff.way === "none" && "button-primary";
  return html`<p class="actions">
    <a class="button button-wide ${primary}" href="${safeAddress(back.path)}"
      >${back.why === "try_again" ? words.tryAgain : words.seeInvoice}</a
    >
  </p>`;
}

function wayBack(view: HandOffView, words: Words): SafeHtml {
  const { handOff } = view;
  const merchant = isolate(view.order.merchantName);
  const label = html`<span>${words.continueButton(merchant)}</span>${icon("arrow")}`;
  const auto = attribute("data-auto", view.auto);
  const target = attribute("target", view.window === "self" ? null : `_${view.window}`);
  const returning = view.auto && html`<p class="hint returning">${words.returning(merchant)}</p>`;
  switch (handOff.way) {
    case "post":
      return html`<form
        class="actions"
        method="post"
        action="${safeAddress(handOff.url)}"
        accept-charset="utf-8"
        ${auto}${target}
      >
        ${handOff.fields.map(
          ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
        )}
        <button class="button button-primary button-wide" type="submit">${label}</button>
        ${returning}
      </form>`;
    case "get":
      return html`<div class="actions">
        <a
          class="button button-primary button-wide"
          href="${safeAddress(handOff.url)}"
          ${auto}${target}
          >${label}</a
        >
        ${returning}
      </div>`;
    case "none":
      return html`<div class="actions">
        <button class="button button-wide" type="button" data-print hidden>
          ${icon("print")}<span>${words.print}</span>
        </button>
        <p class="hint returning">${words.keepReceipt}</p>
      </div>`;
    default:
      return handOff satisfies never;
  }
}

import { html, isolate, safeAddress } from "../../http/html.ts";
import type { SafeHtml } from "../../http/html.ts";
import { icon } from "../../http/look/icons.ts";
import { pageDocument } from "../../payment-page/templates/layout.ts";
import {
  inlineAmount,
  largeAmount,
  momentHtml,
  type Row,
  rowList,
} from "../../payment-page/templates/order.ts";
import { resultMark } from "../../payment-page/templates/result.ts";
import type { LinkView } from "../views.ts";
import type { Words } from "../words.ts";
import { wordsFor } from "../words-for.ts";

/** The page of a payment link: what is paid, and the button that makes a payment. */
export function paymentLinkPage(view: LinkView): string {
  const words = wordsFor(view.language);
  return pageDocument(view, {
    name: "payment-link",
    title: words.linkTitle(view.title, view.merchantName),
    merchantName: view.merchantName,
    styles: ["invoice.css"],
    main: view.expired ? ended(view, words) : open(view, words),
  });
}

function open(view: LinkView, words: Words): SafeHtml {
  const { description, expiresAt } = view;
  const rows: Row[] = [];
  if (description !== null) rows.push([words.rows.description, isolate(description)]);
  if (expiresAt !== null) rows.push([words.rows.payableUntil, momentHtml(expiresAt, view.zone)]);
  return html`<main class="invoice">
    <section class="summary" aria-labelledby="link-heading">
      <h1 id="link-heading" class="summary-heading">
        ${words.linkHeading(isolate(view.merchantName))}
      </h1>
      ${largeAmount(view.amount, view.language)}
    </section>
    <div class="card invoice-card">
      <p class="link-title"><bdi>${view.title}</bdi></p>
      ${rows.length > 0 && rowList(rows)}
      <form class="invoice-pay" method="post" action="${safeAddress(view.payPath)}">
        <input type="hidden" name="once" value="${view.once}" />
        <button class="button button-primary button-wide pay-button" type="submit">
          ${icon("lock")}<span>${words.pay(inlineAmount(view.amount, view.language))}</span>
        </button>
        <p class="hint returning">${words.linkHint}</p>
      </form>
    </div>
  </main>`;
}

function ended(view: LinkView, words: Words): SafeHtml {
  const { title, text } = words.linkExpired;
  return html`<main class="result">
    <div class="card slip">
      ${resultMark("clock", "plain")}
      <h1 class="result-title">${title}</h1>
      <p class="result-text">${text(isolate(view.merchantName), null)}</p>
    </div>
  </main>`;
}

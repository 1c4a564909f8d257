import { html, isolate, safeAddress } from "../../http/html.ts";
import type { ProcessingView } from "../views.ts";
import { wordsFor } from "../words-for.ts";
import { pageDocument } from "./layout.ts";
import { inlineAmount, rowList } from "./order.ts";
import { resultMark } from "./result.ts";

/**
 * While the bank is asked, and when it does not answer. Looks again by itself: quietly with the
 * script, by a refresh without it.
 */
export function processingPage(view: ProcessingView): string {
  const words = wordsFor(view.language);
  const { order, stage } = view;
  const path = safeAddress(view.refreshPath);
  const message = words.processing[stage];
  const checking = stage === "checking";
  return pageDocument(view, {
    name: "processing",
    title: message.title,
    merchantName: order.merchantName,
    tranRef: order.tranRef,
    head: html`<noscript
      ><meta http-equiv="refresh" content="${view.refreshSeconds};url=${path}"
    /></noscript>`,
    main: html`<main class="result">
      <div class="card slip" data-poll="${path}" data-poll-seconds="${view.refreshSeconds}">
        ${checking ? html`<div class="spinner"></div>` : resultMark("clock", "amber")}
        <h1 class="result-title">${message.title}</h1>
        <p class="result-text">${message.text(isolate(order.merchantName))}</p>
        <div class="tear"></div>
        ${rowList([
          [words.rows.amount, inlineAmount(order.amount, view.language)],
          [words.rows.order, html`<bdi class="mono">${order.cartId}</bdi>`],
          [words.reference, html`<bdi class="mono" dir="ltr">${order.tranRef}</bdi>`],
        ])}
        ${
          !checking &&
          html`<p class="actions">
            <a class="button button-wide" href="${path}">${words.checkAgain}</a>
          </p>`
        }
      </div>
    </main>`,
  });
}

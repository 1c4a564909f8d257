import { html, isolate, safeAddress } from "../../http/html.ts";
import type { ConfirmCancelView } from "../views.ts";
import { wordsFor } from "../words-for.ts";
import { pageDocument } from "./layout.ts";
import { inlineAmount, rowList } from "./order.ts";
import { resultMark } from "./result.ts";

/** Asks once before a payment is cancelled. */
export function confirmCancelPage(view: ConfirmCancelView): string {
  const words = wordsFor(view.language);
  const { order } = view;
  const message = words.confirmCancel;
  return pageDocument(view, {
    name: "confirm-cancel",
    title: message.title,
    merchantName: order.merchantName,
    tranRef: order.tranRef,
    main: html`<main class="result">
      <div class="card slip">
        ${resultMark("question", "plain")}
        <h1 class="result-title">${message.title}</h1>
        <p class="result-text">${message.text(isolate(order.merchantName))}</p>
        <div class="tear"></div>
        ${rowList([
          [words.rows.amount, inlineAmount(order.amount, view.language)],
          [words.rows.order, html`<bdi class="mono">${order.cartId}</bdi>`],
        ])}
        <form class="actions" method="post" action="${safeAddress(view.confirmPath)}">
          <button class="button button-primary button-wide" type="submit">
            ${words.confirmCancelYes}
          </button>
          <a class="button button-wide" href="${safeAddress(view.backPath)}"
            >${words.confirmCancelNo}</a
          >
        </form>
      </div>
    </main>`,
  });
}

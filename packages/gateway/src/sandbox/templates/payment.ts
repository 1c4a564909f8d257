import { formatAmount, statuses } from "@wasl/protocol";
import { html, leftToRight, safeAddress } from "../../http/html.ts";
import type { HtmlValue, SafeHtml } from "../../http/html.ts";
import { statusChip } from "../../http/look/chip.ts";
import type { PageFrame } from "../../http/look/document.ts";
import { amountHtml, amountText } from "../../http/look/format.ts";
import { icon } from "../../http/look/icons.ts";
import type { Transaction } from "../../transactions/transaction.ts";
import type { LegView } from "../legs.ts";
import type { Timeline } from "../timeline.ts";
import { fork } from "./fork.ts";
import { ownIcon } from "./icons.ts";
import { sandboxDocument } from "./layout.ts";
import { legCard } from "./leg.ts";
import { codeBlock, copyButton, exactTime, reference } from "./parts.ts";
import { testCards } from "./test-cards.ts";
import { timelineList } from "./timeline.ts";

/** One test payment and all that is known of it. */
export interface PaymentView {
  readonly transaction: Transaction;
  readonly timeline: Timeline;
  readonly returnLeg: LegView;
  readonly callbackLeg: LegView;
  readonly outcomeAt: Date | null;
  /** The hosted payment page. */
  readonly payUrl: string;
  readonly statePath: string;
  readonly curl: {
    readonly shown: string;
    readonly copied: string;
    /** False: only like it, on the hosted page. */
    readonly isSame: boolean;
  };
  readonly now: Date;
}

/** The whole page; `live` is its changing part with its version. */
export function paymentPage(
  frame: PageFrame,
  view: PaymentView,
  live: { readonly html: SafeHtml; readonly version: string },
): string {
  const { facts } = view.transaction;
  const decimal = formatAmount(facts.amount);
  const { currency } = facts.amount;
  return sandboxDocument(frame, {
    name: "test-payment",
    title: `${amountText(decimal, currency, "en")} · ${facts.tranRef} · Wasl sandbox`,
    main: html`
      <nav class="crumbs">
        <a href="/">Sandbox</a> <span aria-hidden="true">/</span> Test payment
      </nav>
      <div id="live" data-state="${view.statePath}" data-version="${live.version}">
        ${live.html}
      </div>
      <noscript
        ><p class="refresh">
          <a class="button button-small" href="/sandbox/payments/${facts.tranRef}">Refresh</a>
        </p></noscript
      >
      <section class="card panel" aria-labelledby="curl-title">
        <header class="panel-head">
          <h2 id="curl-title">
            ${view.curl.isSame ? "The same payment from your code" : "Its like on the hosted page"}
          </h2>
          ${copyButton(view.curl.copied, "Copy with key: the curl command", "Copy with key")}
        </header>
        ${codeBlock(view.curl.shown, "The payment as a curl command")}
      </section>
      ${view.transaction.state === "completed" ? null : testCards(view.now)}
    `,
  });
}

/** The part that changes while the payment goes on; made anew for every look at it. */
export function livePart(view: PaymentView): SafeHtml {
  const { timeline } = view;
  return html`
    ${head(view)} ${fork(outcomeNode(view), [legCard(view.returnLeg), legCard(view.callbackLeg)])}
    <section class="card panel" aria-labelledby="timeline-title">
      <header class="panel-head">
        <h2 id="timeline-title">Timeline</h2>
        <p class="hint">since the request</p>
      </header>
      ${timelineList(timeline.entries)}
    </section>
  `;
}

function head({ transaction, payUrl }: PaymentView): SafeHtml {
  const { facts, state } = transaction;
  return html`<header class="payment-head">
    <div class="payment-what">
      <h1 class="payment-amount">
        ${amountHtml(formatAmount(facts.amount), facts.amount.currency, "en")}
      </h1>
      <p class="payment-more">${facts.cartDescription} · cart ${leftToRight(facts.cartId)}</p>
      <p class="payment-more">${reference(facts.tranRef, "the transaction reference")}</p>
    </div>
    <div class="payment-do">
      ${
        state === "completed"
          ? html`<a class="button button-primary" href="/">Create another payment</a>`
          : html`<a
                class="button button-primary"
                href="${safeAddress(payUrl)}"
                target="_blank"
                rel="noopener"
                >Open the payment page ${ownIcon("open")}</a
              >
              <p class="hint">
                Opens in a new tab. Pay with a <a href="#test-cards">test card</a>, and keep this
                page in sight.
              </p>`
      }
    </div>
  </header>`;
}

const stateWords = {
  open: "Waiting for the shopper",
  authorising: "Asking the acquirer",
  challenging: "At 3-D Secure",
  awaiting: "Waiting for the bill to be paid",
} as const;

function outcomeNode(view: PaymentView): HtmlValue {
  const { transaction, outcomeAt } = view;
  const { state, outcome } = transaction;
  if (outcome === undefined) {
    const word = state === "completed" ? "" : stateWords[state];
    return html`<div class="node node-waiting">
      <p class="stage stage-amber">${icon("clock")}<span>${word}</span></p>
      <p class="hint">The outcome is decided once, ${told(view)}.</p>
    </div>`;
  }
  return html`<div class="node">
    <p class="node-line">
      ${statusChip(outcome.status, "en")}
      ${outcome.message.toLowerCase() !== statuses[outcome.status] && html`<span>${outcome.message}</span>`}
      <code>${outcome.code}</code>
    </p>
    <p class="hint">
      ${outcomeAt !== null && html`Decided once, at ${exactTime(outcomeAt)}, `}${told(view)}.
    </p>
  </div>`;
}

/** How many of the two ways the payment has. */
function told({ returnLeg, callbackLeg }: PaymentView): string {
  const ways = [returnLeg, callbackLeg].filter(({ stage }) => stage !== "off").length;
  return ["and told to nobody: ask by a query", "told once", "told twice"][ways] ?? "";
}

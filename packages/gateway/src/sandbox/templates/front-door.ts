import { formatAmount } from "@wasl/protocol";
import { html, leftToRight } from "../../http/html.ts";
import type { HtmlValue, SafeHtml } from "../../http/html.ts";
import { statusChip } from "../../http/look/chip.ts";
import type { PageFrame } from "../../http/look/document.ts";
import { amountHtml } from "../../http/look/format.ts";
import { icon } from "../../http/look/icons.ts";
import type { Profile } from "../../profiles/profile.ts";
import type { Transaction } from "../../transactions/transaction.ts";
import type { FormError, PaymentForm } from "../payment-form.ts";
import { fork, lessons, routeLine } from "./fork.ts";
import { ownIcon } from "./icons.ts";
import { sandboxDocument } from "./layout.ts";
import { copyButton, reference } from "./parts.ts";
import { paymentForm } from "./payment-form.ts";
import { testCards } from "./test-cards.ts";

export interface FrontDoorView {
  readonly profile: Profile;
  readonly publicUrl: string;
  readonly form: PaymentForm;
  readonly error: FormError | undefined;
  readonly recent: readonly Transaction[];
  readonly now: Date;
}

/** Where a newcomer arrives: the main job in a minute, then all that code needs. */
export function frontDoorPage(frame: PageFrame, view: FrontDoorView): string {
  const wrong = view.error === undefined ? "" : "Error: ";
  return sandboxDocument(frame, {
    name: "front-door",
    title: `${wrong}Wasl sandbox`,
    main: html`
      <div class="door">
        <div class="door-words">
          <h1 class="door-title">See how a payment ends, from both sides</h1>
          <p class="door-lead">
            Create a test payment, pay it with a test card, and watch its result arrive: through the
            shopper's browser, and from server to server.
          </p>
          ${picture()}
        </div>
        <section class="card door-form" aria-labelledby="form-title">
          <h2 id="form-title">Create a test payment</h2>
          ${paymentForm(view.form, view.profile.currencies, view.error)}
        </section>
      </div>
      <div class="below">${connect(view)} ${recent(view.recent)}</div>
      ${testCards(view.now)}
    `,
  });
}

function picture(): SafeHtml {
  const node = html`<div class="node">
    <p class="node-line">${icon("check")}<span>One outcome</span></p>
  </div>`;
  return fork(node, [pictureLeg("return", "Return"), pictureLeg("callback", "Callback")]);
}

function pictureLeg(kind: "callback" | "return", name: string): SafeHtml {
  return html`<div class="card leg leg-small">
    <div class="leg-head">
      <span class="leg-sign">${ownIcon(kind === "return" ? "browser" : "server")}</span>
      <div class="leg-title">
        <h2>${name}</h2>
        ${routeLine(kind)}
      </div>
    </div>
    <p class="lesson">${lessons[kind]}</p>
  </div>`;
}

function connect({ profile, publicUrl }: FrontDoorView): SafeHtml {
  const rows: readonly (readonly [string, HtmlValue])[] = [
    ["Base URL", reference(publicUrl, "the base URL")],
    ["Profile id", reference(profile.profileId.toString(), "the profile id")],
    ["Server key", secret(profile.serverKey)],
    ["Client key", reference(profile.clientKey, "the client key")],
  ];
  return html`<section class="card panel" aria-labelledby="connect-title">
    <header class="panel-head"><h2 id="connect-title">Connect your code</h2></header>
    <p class="hint">
      Point a ClickPay or PayTabs integration at these, or send
      <code>POST /payment/request</code> yourself: every payment comes with its curl command.
    </p>
    <dl class="facts">
      ${rows.map(
        ([name, value]) =>
          html`<div class="fact">
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
    <p class="hint">
      Something refused? <a href="/sandbox/api-calls">API calls</a> shows every call your code made
      here, and the cause in plain words.
    </p>
  </section>`;
}

/** Masked until asked for, so that a shared screen tells nothing. */
function secret(key: string): SafeHtml {
  return html`<span class="reference secret">
    <details class="reveal">
      <summary>
        <code class="masked">${leftToRight(`${key.slice(0, 4)}••••••`)}</code>
        <span class="reveal-word">Reveal</span>
      </summary>
      <code>${leftToRight(key)}</code>
    </details>
    ${copyButton(key, "Copy the server key")}
  </span>`;
}

function recent(payments: readonly Transaction[]): SafeHtml {
  return html`<section class="card panel" aria-labelledby="recent-title">
    <header class="panel-head"><h2 id="recent-title">Recent payments</h2></header>
    ${
      payments.length === 0
        ? html`<p class="nothing">None yet. The first one is a button away.</p>`
        : html`<ul class="recent">
            ${payments.map(recentRow)}
          </ul>`
    }
  </section>`;
}

function recentRow({ facts, outcome, createdAt }: Transaction): SafeHtml {
  const iso = createdAt.toISOString();
  return html`<li>
    <a class="recent-row" href="/sandbox/payments/${facts.tranRef}">
      <span class="recent-amount"
        >${amountHtml(formatAmount(facts.amount), facts.amount.currency, "en")}</span
      >
      <span class="recent-state"
        >${outcome === undefined ? html`<span class="stage stage-amber">${icon("clock")}<span>Open</span></span>` : statusChip(outcome.status, "en")}</span
      >
      <span class="recent-cart">${leftToRight(facts.cartId)}</span>
      <time class="recent-at figures" datetime="${iso}">${iso.slice(11, 19)}</time>
    </a>
  </li>`;
}

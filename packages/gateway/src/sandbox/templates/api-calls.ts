import type { ApiCall } from "../../api-log/api-call.ts";
import { attribute, html, leftToRight } from "../../http/html.ts";
import type { HtmlValue, SafeHtml } from "../../http/html.ts";
import type { PageFrame } from "../../http/look/document.ts";
import { icon } from "../../http/look/icons.ts";
import { prettyJson } from "../messages.ts";
import { sandboxDocument } from "./layout.ts";
import { codeBlock, exactTime, fold, reference } from "./parts.ts";

export interface ApiCallsView {
  readonly calls: readonly ApiCall[];
  /** The address of the calls before these; `null` at the end. */
  readonly olderPath: string | null;
  /** The newest ones are somewhere else. */
  readonly isOlder: boolean;
  /** What was looked for; `null`: everything is shown. */
  readonly trace: string | null;
  readonly retentionDays: number;
}

/** What the shop's server asked of the API, newest first, and why it was refused. */
export function apiCallsPage(frame: PageFrame, view: ApiCallsView): string {
  return sandboxDocument(frame, {
    name: "api-calls",
    title: "API calls · Wasl sandbox",
    main: html`
      <p class="crumbs">
        <a href="/">Sandbox</a>${
          (view.isOlder || view.trace !== null) &&
          html` <span aria-hidden="true">/</span> <a href="/sandbox/api-calls">Newest API calls</a>`
        }
      </p>
      <header class="calls-head">
        <h1>API calls</h1>
        <p class="hint">
          Every call that reached <code>/payment/…</code>, refused or not, with the cause in plain
          words. Card data, tokens and keys are masked before anything is kept; after
          ${view.retentionDays} days a call is forgotten.
        </p>
      </header>
      ${searchForm(view)} ${view.calls.length === 0 ? nothing(view) : list(view)}
    `,
  });
}

/** By the reference that every reply carries, the same that an operator searches by. */
function searchForm({ trace }: ApiCallsView): SafeHtml {
  return html`<form class="calls-search" method="get" action="/sandbox/api-calls" role="search">
    <label class="label" for="trace">Trace of a reply</label>
    <input
      class="input mono"
      id="trace"
      name="trace"
      type="search"
      value="${trace}"
      dir="ltr"
      autocomplete="off"
      autocapitalize="characters"
      spellcheck="false"
    />
    <button class="button" type="submit">Find</button>
  </form>`;
}

function nothing({ isOlder, trace, retentionDays }: ApiCallsView): SafeHtml {
  if (trace !== null) {
    return html`<p class="nothing">
      No call has the trace <code>${leftToRight(trace)}</code>. Only calls of this sandbox are
      looked through, of the last ${retentionDays} days.
    </p>`;
  }
  return html`<p class="nothing">
    ${isOlder ? "There are no older calls." : "None yet. Point your code at this sandbox, then load this page again."}
  </p>`;
}

function list({ calls, olderPath }: ApiCallsView): SafeHtml {
  return html`
    <ol class="calls">
      ${calls.map(callItem)}
    </ol>
    ${olderPath !== null && html`<p><a class="button" href="${olderPath}">Older calls</a></p>`}
  `;
}

function callItem(call: ApiCall): SafeHtml {
  const { method, path, hint, refused } = call;
  return html`<li
    class="card call"
    ${attribute("data-refused", refused)}
    data-trace="${call.trace ?? ""}"
  >
    <header class="call-head">
      <p class="call-line"><b>${method}</b> <code>${leftToRight(path)}</code></p>
      ${outcomeMark(call)}
      <p class="call-when">
        <span>${call.at.toISOString().slice(0, 10)}</span> ${exactTime(call.at)}
        <span class="figures">${Math.max(1, Math.round(call.durationMs))} ms</span>
      </p>
    </header>
    ${hint !== undefined && html`<p class="call-hint">${hint}</p>`} ${facts(call)} ${bodies(call)}
  </li>`;
}

function outcomeMark({ status, refused, code }: ApiCall): SafeHtml {
  const words = code === undefined ? `${status}` : `${status}, code ${code}`;
  return refused
    ? html`<p class="stage stage-red">${icon("alert")}<span>Refused: ${words}</span></p>`
    : html`<p class="stage stage-green">${icon("check")}<span>Served: ${words}</span></p>`;
}

function facts({ trace, tranRef, cartId }: ApiCall): SafeHtml {
  const rows: readonly (readonly [string, HtmlValue])[] = [
    ["Trace", trace !== undefined && reference(trace, "the trace")],
    [
      "Payment",
      tranRef !== undefined &&
        html`<a href="/sandbox/payments/${encodeURIComponent(tranRef)}"
          >${leftToRight(tranRef)}</a
        >`,
    ],
    ["Cart", cartId !== undefined && leftToRight(cartId)],
  ];
  return html`<dl class="call-facts">
    ${rows.map(
      ([name, value]) =>
        value !== false &&
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

function bodies(call: ApiCall): SafeHtml {
  const { callId, requestBody, replyBody, requestBytes, headers } = call;
  const size = requestBytes === undefined ? "not read" : `${requestBytes} bytes`;
  const shownHeaders = Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join("\n");
  return html`<div class="call-bodies">
    ${fold(
      `${callId}-request`,
      `Request (${size})`,
      html`${shownHeaders !== "" && codeBlock(shownHeaders, "Request headers")}
      ${requestBody !== "" && codeBlock(prettyJson(requestBody) ?? requestBody, "Request body", true)}`,
    )}
    ${fold(`${callId}-reply`, "Reply", codeBlock(prettyJson(replyBody) ?? replyBody, "Reply body", true))}
  </div>`;
}

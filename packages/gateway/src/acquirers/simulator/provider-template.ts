import { html, isolate, safeAddress } from "../../http/html.ts";
import type { SafeHtml } from "../../http/html.ts";
import { htmlDocument, otherLanguage } from "../../http/look/document.ts";
import type { PageFrame } from "../../http/look/document.ts";
import { amountHtml } from "../../http/look/format.ts";
import { icon } from "../../http/look/icons.ts";
import { type ProviderWords, providerWords } from "./provider-words.ts";
import type { providerDecisions } from "./providers.ts";

export interface ProviderPageView extends PageFrame {
  /** In the page's language. */
  readonly methodName: string;
  readonly merchantName: string;
  /** A decimal and its ISO 4217 code. */
  readonly amount: { readonly decimal: string; readonly currency: string };
  /** POST: `decision`, one of `providerDecisions`. */
  readonly actionPath: string;
  readonly minutesLimit: number;
}

/** The simulated provider: another house with another look, under a band that says so. */
export function providerPage(view: ProviderPageView): string {
  const words = providerWords[view.language];
  const method = isolate(view.methodName);
  return htmlDocument(view, {
    title: words.title(view.methodName),
    styles: ["challenge.css"],
    scripts: [],
    page: "provider",
    body: html`<p class="band">${icon("flask")}<span>${words.band(method)}</span></p>
      <div class="bank">
        ${head(view)}
        <main>
          <h1>${words.heading(isolate(view.merchantName))}</h1>
          <p class="soft">${words.text(method)}</p>
          ${rows(view, words)} ${decisions(view, words)}
          <p class="hint limit">${icon("clock")}<span>${words.limit(view.minutesLimit)}</span></p>
        </main>
      </div>`,
  });
}

function head(view: ProviderPageView): SafeHtml {
  const other = otherLanguage(view.language);
  return html`<header class="bank-head">
    <p class="bank-name"><bdi>${view.methodName}</bdi></p>
    ${
      view.languagePath !== null &&
      html`<a href="${view.languagePath}" hreflang="${other.code}" lang="${other.code}"
        >${other.name}</a
      >`
    }
  </header>`;
}

function rows({ merchantName, amount, language }: ProviderPageView, words: ProviderWords) {
  const shown: readonly (readonly [string, SafeHtml])[] = [
    [words.rows.merchant, isolate(merchantName)],
    [words.rows.amount, amountHtml(amount.decimal, amount.currency, language)],
  ];
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

function decisions({ actionPath }: ProviderPageView, words: ProviderWords): SafeHtml {
  const button = (decision: (typeof providerDecisions)[number], look: string) =>
    html`<button class="button ${look}" name="decision" value="${decision}">
      ${words.decisions[decision]}
    </button>`;
  return html`<form method="post" action="${safeAddress(actionPath)}">
    <div class="decisions">
      ${button("approve", "button-primary")} ${button("reject", "")}
      ${button("cancel", "button-quiet")}
    </div>
    <p class="hint">${words.lateHint}</p>
    ${button("approve_late", "")}
  </form>`;
}

import { attribute, html, isolate, leftToRight, safeAddress } from "../../http/html.ts";
import type { SafeHtml } from "../../http/html.ts";
import { htmlDocument, otherLanguage } from "../../http/look/document.ts";
import type { PageFrame } from "../../http/look/document.ts";
import { amountHtml } from "../../http/look/format.ts";
import { icon } from "../../http/look/icons.ts";
import { challengeWords } from "./challenge-words.ts";
import type { ChallengeWords } from "./challenge-words.ts";

/** What was wrong with the code. */
export type ChallengeError = "unknown_code";

export interface ChallengeView extends PageFrame {
  readonly merchantName: string;
  /** A decimal and its ISO 4217 code. */
  readonly amount: { readonly decimal: string; readonly currency: string };
  /** "4000 00## #### 0002" */
  readonly maskedCard: string;
  /** POST: `otp` and `decision` (`approve`, `reject` or `cancel`). */
  readonly actionPath: string;
  readonly minutesLimit: number;
  readonly error: ChallengeError | null;
}

/** The simulated bank: another house with another look, under a band that says so. */
export function challengePage(view: ChallengeView): string {
  const words = challengeWords[view.language];
  return htmlDocument(view, {
    title: view.error === null ? words.title : words.errorTitle(words.title),
    styles: ["challenge.css"],
    scripts: [],
    page: "challenge",
    body: html`<p class="band">${icon("flask")}<span>${words.band}</span></p>
      <div class="bank">
        ${bankHead(view, words)}
        <main>
          <h1>${words.title}</h1>
          <p class="soft">${words.text(isolate(view.merchantName))}</p>
          ${paymentRows(view, words)} ${challengeForm(view, words)}
        </main>
        ${codeTable(words)}
      </div>`,
  });
}

function bankHead(view: ChallengeView, words: ChallengeWords): SafeHtml {
  const other = otherLanguage(view.language);
  return html`<header class="bank-head">
    <p class="bank-name">${icon("bank")}<span>${words.bank}</span></p>
    ${
      view.languagePath !== null &&
      html`<a href="${view.languagePath}" hreflang="${other.code}" lang="${other.code}"
        >${other.name}</a
      >`
    }
  </header>`;
}

function paymentRows(view: ChallengeView, words: ChallengeWords): SafeHtml {
  const { decimal, currency } = view.amount;
  const rows: readonly (readonly [string, SafeHtml])[] = [
    [words.rows.merchant, isolate(view.merchantName)],
    [words.rows.amount, amountHtml(decimal, currency, view.language)],
    [
      words.rows.card,
      html`<bdi class="mono" dir="ltr">${view.maskedCard.replaceAll("#", "•")}</bdi>`,
    ],
  ];
  return html`<dl class="rows">
    ${rows.map(
      ([name, value]) =>
        html`<div class="row">
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

function challengeForm(view: ChallengeView, words: ChallengeWords): SafeHtml {
  const failed = view.error !== null;
  return html`<form method="post" action="${safeAddress(view.actionPath)}" accept-charset="utf-8">
    <div class="field">
      <label class="label" for="otp">${words.code}</label>
      <input
        class="input otp"
        id="otp"
        name="otp"
        type="text"
        inputmode="numeric"
        autocomplete="one-time-code"
        dir="ltr"
        spellcheck="false"
        aria-describedby="otp-hint otp-error"
        ${attribute("aria-invalid", failed ? "true" : null)}
        ${attribute("autofocus", failed)}
      />
      <p class="field-error" id="otp-error" ${attribute("hidden", !failed)}>
        ${icon("alert")}<span>${failed && words.unknownCode}</span>
      </p>
      <p class="hint" id="otp-hint">${words.codeHint}</p>
    </div>
    <div class="decisions">
      <button class="button button-primary" name="decision" value="approve">
        ${words.approve}
      </button>
      <button class="button" name="decision" value="reject">${words.reject}</button>
      <button class="button button-quiet" name="decision" value="cancel">${words.cancel}</button>
    </div>
    <p class="hint limit">${icon("clock")}<span>${words.limit(view.minutesLimit)}</span></p>
  </form>`;
}

function codeTable(words: ChallengeWords): SafeHtml {
  return html`<aside class="codes" aria-labelledby="codes-title">
    <h2 id="codes-title">${words.table}</h2>
    <p class="hint">${words.tableHint}</p>
    <table>
      <thead>
        <tr>
          <th scope="col">${words.columns.code}</th>
          <th scope="col">${words.columns.result}</th>
        </tr>
      </thead>
      <tbody>
        ${words.results.map(
          ([code, result]) =>
            html`<tr>
              <th scope="row" class="mono">${leftToRight(code)}</th>
              <td>${result}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </aside>`;
}

import { html, isolate, leftToRight, safeAddress } from "../../http/html.ts";
import type { SafeHtml } from "../../http/html.ts";
import { htmlDocument, otherLanguage } from "../../http/look/document.ts";
import type { PageFrame } from "../../http/look/document.ts";
import { amountHtml } from "../../http/look/format.ts";
import { icon } from "../../http/look/icons.ts";
import type { Bill } from "./bills-store.ts";

const words = {
  en: {
    band: "SIMULATED: this is not a real bank",
    bank: "Sample Bank",
    title: "Pay a bill",
    rows: { merchant: "Biller", number: "Bill number", amount: "Amount" },
    pay: "Pay this bill",
    expire: "Let it expire",
    open: "In real life the shopper types the number into a bank's app or says it at a counter.",
    paid: "This bill is paid. The shop is told within some seconds.",
    closed:
      "This bill's time is over: it can no longer be paid. The shop is told within some seconds.",
  },
  ar: {
    band: "محاكاة: هذا ليس بنكًا حقيقيًا",
    bank: "البنك النموذجي",
    title: "سداد فاتورة",
    rows: { merchant: "المفوتر", number: "رقم الفاتورة", amount: "المبلغ" },
    pay: "سدّد هذه الفاتورة",
    expire: "أنهِ مهلة السداد",
    open: "في الواقع يُدخل المتسوّق الرقم في تطبيق البنك أو يذكره عند منفذ الدفع.",
    paid: "سُدّدت هذه الفاتورة، وسيُبلَّغ المتجر خلال ثوانٍ.",
    closed: "انتهى وقت هذه الفاتورة ولم يعد سدادها ممكنًا، وسيُبلَّغ المتجر خلال ثوانٍ.",
  },
} as const;

export interface BillPageView extends PageFrame {
  /** POST: `decision`, `pay` or `expire`. */
  readonly actionPath: string;
  readonly bill: Bill;
}

/** The simulated bank's page of one bill. */
export function billPage(view: BillPageView): string {
  const said = words[view.language];
  const other = otherLanguage(view.language);
  return htmlDocument(view, {
    title: said.title,
    styles: ["challenge.css"],
    scripts: [],
    page: "bill",
    body: html`<p class="band">${icon("flask")}<span>${said.band}</span></p>
      <div class="bank">
        <header class="bank-head">
          <p class="bank-name">${icon("bank")}<span>${said.bank}</span></p>
          ${
            view.languagePath !== null &&
            html`<a href="${view.languagePath}" hreflang="${other.code}" lang="${other.code}"
              >${other.name}</a
            >`
          }
        </header>
        <main>
          <h1>${said.title}</h1>
          <p class="soft" role="status">${said[view.bill.state]}</p>
          ${rows(view)} ${view.bill.state === "open" && payForm(view)}
        </main>
      </div>`,
  });
}

function rows({ bill, language }: BillPageView): SafeHtml {
  const { rows: names } = words[language];
  const { merchantName, amount, currency } = bill.view;
  const shown: readonly (readonly [string, SafeHtml])[] = [
    [names.merchant, isolate(merchantName)],
    [names.number, html`<span class="mono">${leftToRight(bill.number)}</span>`],
    [names.amount, amountHtml(amount, currency, language)],
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

function payForm({ actionPath, language }: BillPageView): SafeHtml {
  return html`<form method="post" action="${safeAddress(actionPath)}">
    <div class="decisions">
      <button class="button button-primary" name="decision" value="pay">
        ${words[language].pay}
      </button>
      <button class="button" name="decision" value="expire">${words[language].expire}</button>
    </div>
  </form>`;
}

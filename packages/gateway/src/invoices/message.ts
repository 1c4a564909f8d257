import { html } from "../http/html.ts";
import { directionOf, type Language } from "../http/look/document.ts";
import { amountText, dateTimeText } from "../http/look/format.ts";
import type { AmountView } from "../payment-page/views.ts";
import { wordsFor } from "./words-for.ts";

/** An e-mail to a shopper, without addresses: subject, plain text, and the same as HTML. */
export interface ShopperMessage {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

interface Common {
  readonly language: Language;
  readonly merchantName: string;
  readonly amount: AmountView;
  /** The whole address of the invoice or the link. */
  readonly link: string;
}

/**
 * The message that brings an invoice.
 *
 * @example invoiceMessage({ language: "en", merchantName: "Shop", number: "7", amount, link, … })
 */
export function invoiceMessage(
  invoice: Common & { readonly number: string; readonly dueAt: Date | undefined },
): ShopperMessage {
  const { mail } = wordsFor(invoice.language);
  const { number, merchantName, dueAt, language } = invoice;
  const amount = amountText(invoice.amount.decimal, invoice.amount.currency, language);
  const due = dueAt === undefined ? [] : [mail.due(`${dateTimeText(dueAt, language)} UTC`)];
  return compose(invoice, mail.invoiceSubject(number, merchantName, amount), [
    mail.invoiceIntro(number, merchantName, amount),
    ...due,
  ]);
}

/** The message that brings a payment link. */
export function linkMessage(link: Common & { readonly title: string }): ShopperMessage {
  const { mail } = wordsFor(link.language);
  const { title, merchantName } = link;
  const amount = amountText(link.amount.decimal, link.amount.currency, link.language);
  const intro = mail.linkIntro(title, merchantName, amount);
  return compose(link, mail.linkSubject(title, merchantName, amount), [intro]);
}

function compose(
  { language, merchantName, link }: Common,
  subject: string,
  sentences: readonly string[],
): ShopperMessage {
  const { mail } = wordsFor(language);
  const unexpected = mail.unexpected(merchantName);
  const body = html`<html lang="${language}" dir="${directionOf(language)}">
    <body style="font-family: sans-serif; line-height: 1.5">
      ${sentences.map((sentence) => html`<p>${sentence}</p>`)}
      <p><a href="${link}">${mail.see}</a></p>
      <p dir="ltr">${link}</p>
      <p style="color: #5f6b68">${unexpected}</p>
    </body>
  </html>`;
  return {
    subject,
    text: `${sentences.join("\n")}\n\n${mail.see}:\n${link}\n\n${unexpected}\n`,
    html: `<!doctype html>\n${body.toString()}\n`,
  };
}

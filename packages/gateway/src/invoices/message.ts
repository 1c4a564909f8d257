import type { Language } from "../http/look/document.ts";
import { amountText, dateTimeText } from "../http/look/format.ts";
import { writeLetter } from "../mail/letter.ts";
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
  const letter = writeLetter({
    language,
    title: subject,
    paragraphs: sentences,
    rows: [],
    button: { label: mail.see, url: link },
    footer: mail.unexpected(merchantName),
  });
  return { subject, ...letter };
}

import { formatAmount, type Money, statuses } from "@wasl/protocol";
import { amountText } from "../http/look/format.ts";
import { isMailAddress } from "../mail-address.ts";
import { type LetterRow, writeLetter } from "../mail/letter.ts";
import { type PreparedMail, prepareMail } from "../mail/mail.ts";
import { shopperStatuses } from "../profiles/mail-settings.ts";
import type { Profile } from "../profiles/profile.ts";
import { type MethodFacts, type Outcome, type TransactionFacts, wireTranType } from "./facts.ts";
import { type MailReader, type MailWords, mailWords } from "./mail-words.ts";

interface About {
  readonly profile: Profile;
  readonly facts: TransactionFacts;
  readonly outcome: Outcome;
  readonly language: "en" | "ar";
}

/**
 * The e-mails of an outcome, made from what all other responses are made of. A shopper without a
 * plain address gets none: it came from a shop's form and may be anything.
 *
 * @param language the shopper's, if it is known
 */
export function paymentMails(
  profile: Profile,
  facts: TransactionFacts,
  outcome: Outcome,
  language: "en" | "ar" | undefined,
): PreparedMail[] {
  const settings = profile.mail;
  if (settings === undefined) return [];
  const about = { profile, facts, outcome };
  const { merchant, shopper } = settings;
  const { status } = outcome;
  const { email = "" } = facts.customer;
  return [
    ...(merchant !== null && (merchant.statuses?.includes(status) ?? true)
      ? [mailTo("merchant", merchant.address, { ...about, language: settings.language })]
      : []),
    ...(shopper !== null &&
    (shopper.statuses ?? shopperStatuses).includes(status) &&
    isMailAddress(email)
      ? [mailTo("shopper", email, { ...about, language: language ?? settings.language })]
      : []),
  ];
}

function mailTo(reader: MailReader, to: string, about: About): PreparedMail {
  const { profile, facts, outcome, language } = about;
  const words = mailWords[language];
  const what = words.types[wireTranType(facts, outcome.status)];
  const headline = words.headline(what, words.statuses[outcome.status]);
  const amount = money(facts.charged ?? facts.amount, language);
  const intro = reader === "merchant" ? words.merchantIntro : words.shopperIntro(profile.name);
  const letter = writeLetter({
    language,
    title: headline,
    paragraphs: [intro, ...(profile.mode === "test" ? [words.testPayment] : [])],
    rows: reader === "merchant" ? merchantRows(about, words) : shopperRows(about, words),
    footer: words.footer[reader](profile.name),
  });
  return prepareMail({
    profileId: facts.profileId,
    about: facts.tranRef,
    purpose: reader,
    to,
    subject: words.subject(headline, amount, reader === "merchant" ? facts.cartId : profile.name),
    ...letter,
  });
}

/** All that the other responses say of the outcome, for people of the shop. */
function merchantRows(about: About, { rows }: MailWords): LetterRow[] {
  const { facts, outcome } = about;
  const { name = "", email = "" } = facts.customer;
  return present([
    [rows.status, `${outcome.status} ${statuses[outcome.status]}`, true],
    [rows.code, outcome.code, true],
    [rows.message, outcome.message, true],
    ...commonRows(about, rows),
    [rows.customer, [name, email].filter((part) => part !== "").join(" · ")],
  ]);
}

/** Codes are not for shoppers (protocol.md 12.2). */
function shopperRows(about: About, { rows }: MailWords): LetterRow[] {
  return present([[rows.merchant, about.profile.name], ...commonRows(about, rows)]);
}

type Cells = readonly [label: string, value: string, isLeftToRight?: boolean];

function commonRows({ facts, outcome, language }: About, rows: MailWords["rows"]): Cells[] {
  const { card, method } = outcome;
  const { charged = facts.amount } = facts;
  return [
    [rows.amount, money(charged, language)],
    [rows.cartAmount, charged.minor === facts.amount.minor ? "" : money(facts.amount, language)],
    [rows.order, facts.cartId],
    [rows.description, facts.cartDescription],
    [rows.card, card === undefined ? "" : `${card.method} ${card.description}`, true],
    [rows.method, card === undefined && method !== undefined ? methodText(method) : ""],
    [rows.reference, facts.tranRef, true],
    [rows.previousReference, facts.previousTranRef ?? "", true],
    // The very time of the other responses, to the second and in UTC.
    [rows.time, outcome.time.replace("T", " ").replace("Z", " UTC"), true],
  ];
}

/** Its name, and the bill's number where there is one. */
function methodText({ name, description }: MethodFacts): string {
  return description === name ? name : `${name} ${description}`;
}

function present(cells: readonly Cells[]): LetterRow[] {
  return cells
    .filter(([, value]) => value !== "")
    .map(([label, value, leftToRight = false]) => ({ label, value, leftToRight }));
}

function money(amount: Money, language: "en" | "ar"): string {
  return amountText(formatAmount(amount), amount.currency, language);
}

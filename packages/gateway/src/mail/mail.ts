import { uuidv7 } from "../ids.ts";
import { isMailAddress } from "../mail-address.ts";

/** An e-mail with its finished contents. */
export interface MailRequest {
  readonly profileId: number;
  /** What it is about; a payment's tran_ref, so that its history can say what became of the mail. */
  readonly about: string;
  /** To whom or what for, in one word: `merchant`, `shopper`, `invoice`, … */
  readonly purpose: string;
  /** See `isMailAddress`. */
  readonly to: string;
  /** One line; control characters are taken out. */
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** A mail ready to be written. */
export interface PreparedMail extends MailRequest {
  /** UUID version 7; the Message-ID is made of it, so it is the same at every attempt. */
  readonly id: string;
}

/** What an attempt needs, and the lease that allows it. */
export interface HeldMail extends PreparedMail {
  /** Attempts that the mail server refused for now. */
  readonly refusals: number;
  readonly createdAt: Date;
  readonly leaseToken: string;
}

/** Longer subjects are cut: no line of a message may grow without end. */
const subjectCharactersMax = 150;

/** Text and HTML together; ours have some six KiB. */
export const contentCharactersMax = 131_072;

/**
 * Freezes a mail: its id, its contents. Write it with `mailCtes` in the statement it belongs to, or
 * by itself with `insertMails`; call `MailOutbox.handOver` once that has committed.
 *
 * @throws Error when the address is none or the contents are too long; check `isMailAddress` before,
 * for addresses that came from outside
 * @example
 * prepareMail({ profileId: 45001, about: "TST2609100000101", purpose: "merchant",
 *   to: "orders@shop.example", subject: "Paid: SAR 500.00", text, html });
 */
export function prepareMail(request: MailRequest): PreparedMail {
  if (!isMailAddress(request.to)) throw new Error("a mail's recipient is no e-mail address");
  if (request.text.length + request.html.length > contentCharactersMax) {
    throw new Error(`a mail has more than ${contentCharactersMax} characters`);
  }
  return { ...request, id: uuidv7(), subject: oneLine(request.subject) };
}

/** No line break, no character that turns text around, not too long: nothing a header can break on. */
function oneLine(text: string): string {
  const line = text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
    .replaceAll(/[\u202A-\u202E\u2066-\u2069]/g, "");
  return Array.from(line.trim()).slice(0, subjectCharactersMax).join("");
}

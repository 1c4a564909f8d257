/** The longest address that fits into SMTP's path (RFC 5321, 4.5.3.1.3). */
const lengthMax = 254;
const localLengthMax = 64;

const atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const label = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
const pattern = new RegExp(`^${atom}(?:\\.${atom})*@(?:${label}\\.)+${label}$`);

/** What an address must be, to follow a field's name in a message. */
export const mailAddressRule = "must be an e-mail address such as orders@shop.example";

/**
 * Whether we send to this address: a plain `local@domain` in ASCII, without quotes, comments, names
 * or blanks. Whatever else RFC 5322 allows could carry a second recipient or a header.
 *
 * @example isMailAddress("sara@example.com"); // true
 */
export function isMailAddress(text: string): boolean {
  return text.length <= lengthMax && text.indexOf("@") <= localLengthMax && pattern.test(text);
}

/** A sender: an address and the name people see, if any. */
export interface MailSender {
  readonly name: string;
  readonly address: string;
}

/**
 * Reads `Shop <shop@example.com>` or a bare address; `undefined` when it is neither.
 *
 * @example readMailSender("Wasl <pay@example.com>"); // { name: "Wasl", address: "pay@example.com" }
 */
export function readMailSender(text: string): MailSender | undefined {
  const [, name = "", bracketed] = /^\s*"?([^<>"@\p{Cc}]*?)"?\s*<([^<>]*)>\s*$/u.exec(text) ?? [];
  const address = bracketed ?? text.trim();
  return isMailAddress(address) ? { name, address } : undefined;
}

/** What an attempt to send a mail came to, as the mail server or the network said it. */
export interface SmtpFailure {
  /** Nodemailer's: `EENVELOPE`, `EMESSAGE`, `EAUTH`, `ECONNECTION`, … */
  readonly code: string;
  /** What was being done: `RCPT TO`, `DATA`, `CONN`, … */
  readonly command: string;
  /** SMTP's three digits; absent when the server said nothing. */
  readonly replyCode?: number;
  /** What the server said, or what the network did. */
  readonly text: string;
}

/**
 * `refused`: the server will never take this mail. `deferred`: not now (greylisting, a full mailbox).
 * `unreachable`: nothing was said about this mail: no connection, no TLS, no login, or the sender
 * itself is refused. That is for the operator to mend, and no mail is lost by it meanwhile.
 */
export type SmtpVerdict = "refused" | "deferred" | "unreachable";

/** @example judgeFailure({ code: "EENVELOPE", command: "RCPT TO", replyCode: 550, text }) // "refused" */
export function judgeFailure({ code, command, replyCode = 0 }: SmtpFailure): SmtpVerdict {
  const aboutThisMail =
    code === "EMESSAGE" || (code === "EENVELOPE" && !command.startsWith("MAIL FROM"));
  // 421: the service ends the connection, whatever it was about.
  if (!aboutThisMail || replyCode === 421) return "unreachable";
  return replyCode >= 500 && replyCode <= 599 ? "refused" : "deferred";
}

/** What a mail's row becomes after an attempt. */
export type MailStep = { readonly answer: string } & (
  | { readonly state: "sent" }
  | { readonly state: "given_up" }
  | { readonly state: "pending"; readonly delayMs: number; readonly counts: boolean }
);

const minute = 60_000;
const hour = 60 * minute;

/**
 * Milliseconds before the second, third, … attempt of a mail that is refused for now. Greylisting
 * wants minutes; RFC 5321, 4.5.4.1 wants half an hour and days. Some two days together.
 */
const deferralDelaysMs = [1, 5, 15, 60, 180, 360, 720, 1440].map((minutes) => minutes * minute);

/** While the server cannot be reached, each mail is tried again after this. */
export const unreachableDelayMs = minute;

/** However it goes: news of a payment that is older than this is no news. */
export const mailAgeMsMax = 72 * hour;

/** A delay is spread evenly over this share of it on both sides. */
const jitter = 0.2;

/**
 * What becomes of a mail after a failed attempt.
 *
 * @param refusals how often the server has refused it for now before
 * @param random a number in [0, 1)
 */
export function nextMailStep(
  failure: SmtpFailure,
  { refusals, ageMs }: { readonly refusals: number; readonly ageMs: number },
  random: () => number,
): MailStep {
  const verdict = judgeFailure(failure);
  const answer = answerOf(failure);
  if (verdict === "refused" || ageMs > mailAgeMsMax) return { state: "given_up", answer };
  const delayMs = verdict === "deferred" ? deferralDelaysMs[refusals] : unreachableDelayMs;
  if (delayMs === undefined) return { state: "given_up", answer };
  const spread = Math.round(delayMs * (1 + jitter * (2 * random() - 1)));
  return { state: "pending", delayMs: spread, counts: verdict === "deferred", answer };
}

const answerCharactersMax = 300;

/** One printable line for people. What a server says may quote the recipient, never a password. */
export function answerOf({ text }: Pick<SmtpFailure, "text">): string {
  return text
    .toWellFormed()
    .replaceAll(/\p{Cc}+/gu, " ")
    .slice(0, answerCharactersMax);
}

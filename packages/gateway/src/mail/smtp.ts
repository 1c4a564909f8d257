import type { ConnectionOptions } from "node:tls";
import { createTransport } from "nodemailer";
import { readMailSender } from "../mail-address.ts";
import type { HeldMail } from "./mail.ts";
import type { SmtpFailure } from "./verdict.ts";

/** How mail leaves the gateway. */
export interface SmtpSettings {
  /** `smtp://user:password@mail.example.com:587`, or `smtps:` for TLS from the first byte. */
  readonly url: string;
  /** `Wasl <payments@example.com>` or a bare address. */
  readonly from: string;
  /**
   * Of `smtp:` URLs: whether the connection must change to TLS, may, or never does. To a loopback
   * host it only may: nobody listens in between.
   */
  readonly tls: "required" | "optional" | "off";
  /** For tests: an authority of their own. */
  readonly tlsOptions?: ConnectionOptions;
}

/** Bounds of one attempt, in ms. */
export interface SmtpTimes {
  readonly connectMsMax: number;
  readonly silenceMsMax: number;
  readonly attemptMsMax: number;
}

/** RFC 5321, 4.5.3.2 would wait minutes; a notification is tried again instead. */
export const defaultSmtpTimes: SmtpTimes = {
  connectMsMax: 10_000,
  silenceMsMax: 30_000,
  attemptMsMax: 60_000,
};

export type SmtpEnd =
  | { readonly kind: "accepted"; readonly answer: string }
  | { readonly kind: "failed"; readonly failure: SmtpFailure };

export interface SmtpSender {
  /** Makes one attempt over a connection of its own. Never throws. */
  send(mail: HeldMail, stop: AbortSignal): Promise<SmtpEnd>;
}

/**
 * Speaks to the operator's mail server. It is dialled as configured: the address guard protects
 * against merchants' URLs, and this one is not a merchant's.
 *
 * @throws Error when `from` is no sender; the configuration has checked it
 */
export function createSmtpSender(
  settings: SmtpSettings,
  times: SmtpTimes = defaultSmtpTimes,
): SmtpSender {
  const sender = readMailSender(settings.from);
  if (sender === undefined) throw new Error("the sender of e-mails is no address");
  const transport = createTransport({
    ...connectionOf(settings),
    connectionTimeout: times.connectMsMax,
    dnsTimeout: times.connectMsMax,
    greetingTimeout: times.connectMsMax,
    socketTimeout: times.silenceMsMax,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = sender.address.split("@")[1] ?? "";
  return {
    async send(mail, stop) {
      const signal = AbortSignal.any([stop, AbortSignal.timeout(times.attemptMsMax)]);
      try {
        const { response } = await transport.sendMail({
          from: sender,
          to: { name: "", address: mail.to },
          envelope: { from: sender.address, to: mail.to },
          messageId: `<${mail.id}@${domain}>`,
          date: mail.createdAt,
          subject: mail.subject,
          text: mail.text,
          html: mail.html,
          // Nobody's out-of-office notice is to answer it (RFC 3834).
          headers: { "Auto-Submitted": "auto-generated" },
          disableFileAccess: true,
          disableUrlAccess: true,
          signal,
        });
        return { kind: "accepted", answer: response };
      } catch (error) {
        return { kind: "failed", failure: failureOf(error) };
      }
    },
  };
}

function connectionOf({ url, tls, tlsOptions }: SmtpSettings) {
  const { protocol, hostname, port, username, password } = new URL(url);
  const secure = protocol === "smtps:";
  const user = decodeURIComponent(username);
  const isLoopback =
    hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d+){3}$/.test(hostname);
  return {
    host: hostname.replace(/^\[|\]$/g, ""),
    port: port === "" ? (secure ? 465 : 587) : Number.parseInt(port, 10),
    secure,
    requireTLS: !secure && tls === "required" && !isLoopback,
    ignoreTLS: !secure && tls === "off",
    ...(user !== "" && { auth: { user, pass: decodeURIComponent(password) }, forceAuth: true }),
    ...(tlsOptions && { tls: tlsOptions }),
  };
}

function failureOf(error: unknown): SmtpFailure {
  if (!(error instanceof Error)) return { code: "", command: "", text: String(error) };
  const { code, command, response, responseCode } = error as Error & Record<string, unknown>;
  return {
    code: typeof code === "string" ? code : error.name,
    command: typeof command === "string" ? command : "",
    ...(typeof responseCode === "number" && { replyCode: responseCode }),
    text: typeof response === "string" ? response : error.message,
  };
}

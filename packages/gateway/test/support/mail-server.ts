import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";
import type { Certificate } from "./certificates.ts";

/** A mail as the server took it. */
export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Who logged in, if anybody. */
  readonly user: string | undefined;
  readonly overTls: boolean;
  /** The message's bytes, as Latin-1. */
  readonly raw: string;
  /** Lower-case names, unfolded, words decoded. */
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
  readonly html: string;
}

/** What the server says to a recipient or a message; nothing: it takes it. */
export type Refusal = { readonly code: number; readonly text: string } | undefined;

export interface MailServerOptions {
  readonly port?: number;
  /** TLS: `implicit` from the first byte, `starttls` on request, else none. */
  readonly tls?: { readonly mode: "implicit" | "starttls"; readonly certificate: Certificate };
  /** Only this user may send. */
  readonly login?: { readonly user: string; readonly password: string };
}

export interface MailServer {
  readonly port: number;
  readonly mails: readonly ReceivedMail[];
  /** Recipients somebody asked for, refused ones too. */
  readonly asked: readonly string[];
  refuseRecipient: (address: string) => Refusal;
  refuseMessage: (mail: ReceivedMail) => Refusal | Promise<Refusal>;
  received(count: number, msMax?: number): Promise<readonly ReceivedMail[]>;
  close(): Promise<void>;
}

/**
 * A real SMTP server for tests, which takes every mail unless told otherwise.
 *
 * @example
 * const server = await startMailServer();
 * const [mail] = await server.received(1);
 */
export async function startMailServer(options: MailServerOptions = {}): Promise<MailServer> {
  const mails: ReceivedMail[] = [];
  const asked: string[] = [];
  const { login, tls } = options;
  const handlers: Pick<MailServer, "refuseRecipient" | "refuseMessage"> = {
    refuseRecipient: () => undefined,
    refuseMessage: () => undefined,
  };
  const server = new SMTPServer({
    disableReverseLookup: true,
    authOptional: login === undefined,
    secure: tls?.mode === "implicit",
    ...(tls && { key: tls.certificate.key, cert: tls.certificate.cert }),
    disabledCommands: [
      ...(tls?.mode === "starttls" ? [] : ["STARTTLS"]),
      ...(login ? [] : ["AUTH"]),
    ],
    allowInsecureAuth: true,
    onAuth({ username, password }, _session, done) {
      const right = username === login?.user && password === login?.password;
      if (right) done(null, { user: username });
      else done(refusalError({ code: 535, text: "wrong user or password" }));
    },
    onRcptTo({ address }, _session, done) {
      asked.push(address);
      done(refusalError(handlers.refuseRecipient(address)));
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const { mailFrom, rcptTo } = session.envelope;
        const mail = {
          from: mailFrom === false ? "" : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          user: typeof session.user === "string" ? session.user : undefined,
          overTls: session.secure,
          ...parse(Buffer.concat(chunks).toString("latin1")),
        };
        void (async () => {
          const refusal = await handlers.refuseMessage(mail);
          if (refusal === undefined) mails.push(mail);
          done(refusalError(refusal));
        })();
      });
    },
  });
  // A client that hangs up on a certificate it does not trust is no fault of the server.
  server.on("error", () => undefined);
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server.server, "listening");
  const { port } = server.server.address() as AddressInfo;
  return Object.assign(handlers, {
    port,
    mails,
    asked,
    async received(count: number, msMax = 10_000) {
      const endsMs = performance.now() + msMax;
      while (mails.length < count) {
        if (performance.now() > endsMs) throw new Error(`${mails.length} of ${count} mails came`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return mails;
    },
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  });
}

function refusalError(refusal: Refusal): Error | null {
  if (refusal === undefined) return null;
  return Object.assign(new Error(refusal.text), { responseCode: refusal.code });
}

/** Reads a message of two alternatives (RFC 5322, 2045 to 2047), as far as ours go. */
function parse(raw: string): Pick<ReceivedMail, "raw" | "headers" | "text" | "html"> {
  const whole = partOf(raw);
  const boundary = /boundary="([^"]+)"/.exec(whole.headers.get("content-type") ?? "")?.[1] ?? "";
  const parts = whole.body
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => partOf(part.trimStart()));
  const contentOf = (type: string) =>
    decodeContent(parts.find(({ headers }) => headers.get("content-type")?.startsWith(type)));
  return {
    raw,
    headers: whole.headers,
    text: contentOf("text/plain"),
    html: contentOf("text/html"),
  };
}

interface Part {
  readonly headers: Map<string, string>;
  readonly body: string;
}

function partOf(text: string): Part {
  const [head = ""] = text.split("\r\n\r\n", 1);
  const lines = head.replaceAll(/\r\n[ \t]+/g, " ").split("\r\n");
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), decodeWords(line.slice(colon + 1).trim())];
  });
  return { headers: new Map(headers), body: text.slice(head.length + 4) };
}

function decodeContent(part: Part | undefined): string {
  const encoding = part?.headers.get("content-transfer-encoding") ?? "7bit";
  const body = part?.body ?? "";
  const bytes =
    encoding === "base64"
      ? Buffer.from(body, "base64")
      : Buffer.from(
          encoding === "quoted-printable" ? unquote(body.replaceAll("=\r\n", "")) : body,
          "latin1",
        );
  return bytes.toString("utf8").replaceAll("\r\n", "\n");
}

const unquote = (text: string): string =>
  text.replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );

/** Encoded words; blanks between two of them are none. */
function decodeWords(text: string): string {
  const joined = text.replaceAll(/\?=\s+=\?/g, "?==?");
  const bytes = joined.replaceAll(
    /=\?utf-8\?([QB])\?([^?]*)\?=/gi,
    (_, kind: string, word: string) =>
      kind.toUpperCase() === "B"
        ? Buffer.from(word, "base64").toString("latin1")
        : unquote(word.replaceAll("_", " ")),
  );
  return Buffer.from(bytes, "latin1").toString("utf8");
}

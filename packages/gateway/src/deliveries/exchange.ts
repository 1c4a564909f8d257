import type net from "node:net";
import type { Client, Dispatcher } from "undici";
import { failureCodes } from "./verdict.ts";

/** A server may send this many 1xx answers before its real one; more is an attack or a fault. */
const informationalAnswersMax = 8;

/** What is read of an answer; the rest is dropped with the connection (delivery.md, top). */
export const answerBytesMax = 16_384;

/**
 * What is read of a connection during one exchange, whatever it is: heads, answers before the
 * answer, and the framing of a body, which may be many times the body itself. No honest answer comes
 * near it; without it, an endless reason phrase or chunk extension would be read as fast as it comes.
 */
export const wireBytesMax = 262_144;

/** The raw end of one POST. */
export type ExchangeEnd =
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly bytes: Buffer;
      readonly cut: boolean;
      readonly firstByteMs: number;
    }
  | {
      readonly kind: "failure";
      readonly error: Error & { readonly code?: string };
      /** Whether anything of an answer had come by then. */
      readonly sawAnswer: boolean;
      /** When the answer's head came, if it did. */
      readonly firstByteMs: number | undefined;
    };

class ExchangeError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** What an exchange needs of a slot: undici's client for one connection, and that connection. */
interface Line {
  readonly client: Client;
  readonly connection: { readonly socket?: net.Socket };
}

/**
 * Makes one POST and reads its answer, bounded in time and size whatever the other side does. The
 * answer counts when it is complete or above the size limit; one that breaks off is a failure,
 * because a repeated notice is harmless and a lost one is not.
 *
 * The client of a failed exchange must be destroyed; so must that of an answer which was cut.
 *
 * @param msMax for everything, connection and body included
 * @example const end = await exchange(slot, { path: "/cb", headers: [], body }, 30_000);
 */
export function exchange(
  { client, connection }: Line,
  request: { path: string; headers: string[]; body: Buffer },
  msMax: number,
): Promise<ExchangeEnd> {
  return new Promise((resolve) => {
    const reader = new AnswerReader(resolve, () => connection.socket);
    const timer = setTimeout(() => reader.giveUp(msMax), msMax);
    reader.onEnd = () => clearTimeout(timer);
    client.dispatch({ ...request, method: "POST" }, reader);
  });
}

class AnswerReader implements Dispatcher.DispatchHandler {
  readonly #resolve: (end: ExchangeEnd) => void;
  readonly #socketNow: () => net.Socket | undefined;
  readonly #startedMs = performance.now();
  readonly #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | undefined;
  #socket: net.Socket | undefined;
  #readBefore = 0;
  #size = 0;
  #informational = 0;
  #status = 0;
  #headers: Record<string, string> = {};
  #firstByteMs: number | undefined;
  #ended = false;
  onEnd: () => void = () => undefined;

  constructor(resolve: (end: ExchangeEnd) => void, socketNow: () => net.Socket | undefined) {
    this.#resolve = resolve;
    this.#socketNow = socketNow;
  }

  giveUp(msMax: number): void {
    const what = this.#firstByteMs === undefined ? "no answer" : "the answer did not end";
    this.#fail(new ExchangeError(failureCodes.attemptTimeout, `${what} within ${msMax} ms`));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // Given up while the connection was being made.
    if (this.#ended) return controller.abort(new Error("given up"));
    this.#socket = this.#socketNow();
    this.#readBefore = this.#socket?.bytesRead ?? 0;
    this.#socket?.on("readable", this.#weighWire);
    // Before undici's listener, which may end the exchange.
    this.#socket?.prependListener("error", this.#heedError);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (this.#ended) return;
    if (status < 200) {
      this.#informational += 1;
      if (this.#informational <= informationalAnswersMax) return;
      this.#fail(new ExchangeError(failureCodes.badAnswer, "1xx answers without end"));
      return;
    }
    this.#firstByteMs = performance.now() - this.#startedMs;
    this.#status = status;
    for (const [name, value] of Object.entries(headers)) {
      if (value === undefined) continue;
      this.#headers[name] = typeof value === "string" ? value : value.join(", ");
    }
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#ended) return;
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#size > answerBytesMax) this.#finish(true);
  }

  onResponseEnd(): void {
    if (!this.#ended) this.#finish(false);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (!this.#ended) this.#fail(this.#named(error));
  }

  /**
   * The connection's own errors end the exchange. undici takes a reset for the end of a body without
   * a length, which it is not (RFC 9112, 8), and waits on after a fault in what is encrypted. Nothing
   * is aborted here: undici is about to handle the same error, and fails on a request that is not
   * there any more.
   */
  readonly #heedError = (error: Error & { readonly code?: string }): void => {
    if (!this.#ended && /^E[A-Z]/.test(error.code ?? "")) this.#endAs(error);
  };

  readonly #weighWire = (): void => {
    if (this.#ended || (this.#socket?.bytesRead ?? 0) - this.#readBefore <= wireBytesMax) return;
    const message = `more than ${wireBytesMax} bytes, and still no answer`;
    this.#fail(new ExchangeError(failureCodes.badAnswer, message));
  };

  /** Names an error of undici's by what happened on the wire. */
  #named(error: Error): Error {
    // It has one code for a connection that ends and for an answer that is out of place.
    if (error.message === "bad response" || error.message === "bad upgrade") {
      return new ExchangeError(failureCodes.badAnswer, "an answer that was not asked for");
    }
    // And a code for each way in which an answer is not complete when its connection ends.
    if (this.#socket?.readableEnded) return new ExchangeError("ECONNRESET", "the answer broke off");
    return error;
  }

  #finish(cut: boolean): void {
    this.#end({
      kind: "answer",
      status: this.#status,
      headers: this.#headers,
      bytes: Buffer.concat(this.#chunks).subarray(0, answerBytesMax),
      cut,
      firstByteMs: this.#firstByteMs ?? 0,
    });
    if (cut) this.#controller?.abort(new Error("answer too long"));
  }

  #fail(error: Error & { readonly code?: string }): void {
    this.#endAs(error);
    this.#controller?.abort(error);
  }

  #endAs(error: Error & { readonly code?: string }): void {
    this.#end({
      kind: "failure",
      error,
      sawAnswer: this.#firstByteMs !== undefined || this.#informational > 0,
      firstByteMs: this.#firstByteMs,
    });
  }

  #end(end: ExchangeEnd): void {
    this.#ended = true;
    this.#socket?.off("readable", this.#weighWire).off("error", this.#heedError);
    this.onEnd();
    this.#resolve(end);
  }
}

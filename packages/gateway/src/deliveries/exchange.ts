import type { Client, Dispatcher } from "undici";
import { failureCodes } from "./verdict.ts";

/** A server may send this many 1xx answers before its real one; more is an attack or a fault. */
const informationalAnswersMax = 8;

/** What is read of an answer; the rest is dropped with the connection (delivery.md, top). */
export const answerBytesMax = 16_384;

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

/**
 * Makes one POST and reads its answer, bounded in time and size whatever the other side does. The
 * answer counts when it is complete or above the size limit; one that breaks off is a failure,
 * because a repeated notice is harmless and a lost one is not.
 *
 * @param msMax for everything, connection and body included
 */
export function exchange(
  client: Client,
  request: { path: string; headers: string[]; body: Buffer },
  msMax: number,
): Promise<ExchangeEnd> {
  return new Promise((resolve) => {
    const reader = new AnswerReader(resolve);
    const timer = setTimeout(() => reader.giveUp(msMax), msMax);
    reader.onEnd = () => clearTimeout(timer);
    client.dispatch({ ...request, method: "POST" }, reader);
  });
}

class AnswerReader implements Dispatcher.DispatchHandler {
  readonly #resolve: (end: ExchangeEnd) => void;
  readonly #startedMs = performance.now();
  readonly #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | undefined;
  #size = 0;
  #informational = 0;
  #status = 0;
  #headers: Record<string, string> = {};
  #firstByteMs: number | undefined;
  #ended = false;
  onEnd: () => void = () => undefined;

  constructor(resolve: (end: ExchangeEnd) => void) {
    this.#resolve = resolve;
  }

  giveUp(msMax: number): void {
    const what = this.#firstByteMs === undefined ? "no answer" : "the answer did not end";
    this.#fail(new ExchangeError(failureCodes.attemptTimeout, `${what} within ${msMax} ms`));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // Given up while the connection was being made.
    if (this.#ended) controller.abort(new Error("given up"));
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
      this.#fail(new ExchangeError("HPE_TOO_MANY_1XX", "1xx answers without end"));
      return;
    }
    this.#firstByteMs = performance.now() - this.#startedMs;
    this.#status = status;
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined) this.#headers[name] = [value].flat().join(", ");
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
    if (!this.#ended) this.#fail(error);
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
    this.#end({
      kind: "failure",
      error,
      sawAnswer: this.#firstByteMs !== undefined || this.#informational > 0,
      firstByteMs: this.#firstByteMs,
    });
    this.#controller?.abort(error);
  }

  #end(end: ExchangeEnd): void {
    this.#ended = true;
    this.onEnd();
    this.#resolve(end);
  }
}

import { randomInt, randomUUID } from "node:crypto";
import type { Pool } from "pg";
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import { takeTurn } from "../database/periodic-job.ts";
import { Loop } from "../deliveries/loop.ts";
import type { HeldMail } from "./mail.ts";
import { claimMails, forgetMails, type MailNote, recordMail } from "./queue-store.ts";
import type { SmtpEnd, SmtpSender } from "./smtp.ts";
import { answerOf, judgeFailure, type MailStep, nextMailStep } from "./verdict.ts";

/** Every bound of a node's postman, with its default. Tests make some of them small. */
export const defaultMailLimits = {
  /** Mails taken at once; each has a connection of its own. */
  takenMax: 8,
  /** How often a node looks for mails that are due. */
  lookMs: 1000,
  /** After attempts none of which reached the mail server, nothing is tried for this long. */
  pauseMs: 5000,
  /** Longer than an attempt may take, so that no second node sends the same mail meanwhile. */
  leaseMs: 120_000,
  /** `stop` waits this long for attempts under way, then cuts them. */
  stopMsMax: 5000,
  /** How often old mails are deleted, and how many at a time. */
  forgetEveryMs: 3_600_000,
  forgottenMax: 1000,
} as const satisfies Record<string, number>;

export type MailLimits = { readonly [Name in keyof typeof defaultMailLimits]: number };

/** How an attempt ended, for metrics. */
export type MailResult = "sent" | "deferred" | "unreachable" | "given_up";

export interface PostmanOptions {
  readonly pool: Pool;
  /** Unique to this process. */
  readonly nodeId: string;
  readonly clock: Clock;
  readonly log: Pick<Logger, "info" | "warn">;
  readonly sender: SmtpSender;
  readonly note?: MailNote;
  readonly watch?: (result: MailResult) => void;
  /** How many days a settled mail is kept. */
  readonly retentionDays: number;
  readonly random?: () => number;
  readonly limits?: Partial<MailLimits>;
}

/** Sends what is in the queue, on as many nodes as there are; each mail once, or again after a crash. */
export class Postman {
  readonly #options: PostmanOptions;
  readonly #limits: MailLimits;
  readonly #stopping = new AbortController();
  #loops: readonly Loop[] = [];
  /** Monotonic clock (ms). */
  #quietUntilMs = 0;

  constructor(options: PostmanOptions) {
    this.#options = options;
    this.#limits = { ...defaultMailLimits, ...options.limits };
  }

  start(): void {
    const { log } = this.#options;
    this.#loops = [
      new Loop(
        () => this.#round(),
        (error) => log.warn({ err: error }, "mails that are due could not be read or recorded"),
      ),
      new Loop(
        () => this.#forget(),
        (error) => log.warn({ err: error }, "old mails could not be deleted"),
      ),
    ];
  }

  /** Looks for mails now, unless the server could not be reached a moment ago. */
  kick(): void {
    if (performance.now() >= this.#quietUntilMs) this.#loops[0]?.kick();
  }

  /** Begins nothing new; what is under way has some time, and is cut after it. */
  async stop(): Promise<void> {
    const cut = setTimeout(() => this.#stopping.abort(), this.#limits.stopMsMax);
    await Promise.all(this.#loops.map((loop) => loop.stop()));
    clearTimeout(cut);
  }

  /** Takes some mails and makes an attempt of each; returns how long to wait for the next round. */
  async #round(): Promise<number> {
    const { pool } = this.#options;
    const { takenMax, leaseMs, lookMs, pauseMs } = this.#limits;
    const leaseToken = randomUUID();
    const held = await claimMails(pool, { limit: takenMax, leaseToken, leaseMs });
    const results = await Promise.all(held.map((mail) => this.#attempt(mail)));
    if (held.length > 0 && results.every((result) => result === "unreachable")) {
      this.#quietUntilMs = performance.now() + pauseMs;
      return pauseMs;
    }
    return held.length < takenMax ? lookMs : 0;
  }

  async #attempt(mail: HeldMail): Promise<MailResult> {
    const { pool, log, note, sender, watch } = this.#options;
    const end = await sender.send(mail, this.#stopping.signal);
    const step = this.#stepAfter(end, mail);
    const result = resultOf(end, step);
    // The address is the shopper's and stays out of the log; a server's answer may name it.
    const about = { mail: mail.id, about: mail.about, purpose: mail.purpose, result };
    if (end.kind === "failed") {
      const { code, command, replyCode } = end.failure;
      log.warn({ ...about, code, command, replyCode }, "a mail was not sent");
    }
    if (!(await recordMail(pool, mail, step, note))) {
      log.warn(about, "a mail's lease had run out: it may be sent twice");
    }
    watch?.(result);
    return result;
  }

  #stepAfter(end: SmtpEnd, mail: HeldMail): MailStep {
    if (end.kind === "accepted") return { state: "sent", answer: answerOf({ text: end.answer }) };
    // It may have been taken all the same; then it comes twice, under one Message-ID.
    if (this.#stopping.signal.aborted) {
      return { state: "pending", delayMs: 0, counts: false, answer: "the node was stopped" };
    }
    const { clock, random = inUnit } = this.#options;
    const ageMs = clock.now().getTime() - mail.createdAt.getTime();
    return nextMailStep(end.failure, { refusals: mail.refusals, ageMs }, random);
  }

  async #forget(): Promise<number> {
    const { pool, nodeId, retentionDays } = this.#options;
    const { forgetEveryMs: everyMs, forgottenMax } = this.#limits;
    if (!(await takeTurn(pool, { name: "forget-mails", everyMs, nodeId }))) return everyMs;
    while ((await forgetMails(pool, retentionDays, forgottenMax)) === forgottenMax);
    return everyMs;
  }
}

/** A number in [0, 1). */
const inUnit = (): number => randomInt(1_000_000) / 1_000_000;

function resultOf(end: SmtpEnd, step: MailStep): MailResult {
  if (end.kind === "accepted") return "sent";
  if (step.state === "given_up") return "given_up";
  return judgeFailure(end.failure) === "deferred" ? "deferred" : "unreachable";
}

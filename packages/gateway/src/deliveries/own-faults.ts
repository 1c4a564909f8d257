import type { AttemptReport, HeldDelivery } from "./delivery.ts";
import type { OwnFault } from "./own-fault.ts";

/**
 * A lane may fail for a reason of ours this often in a row, each time while another can be reached:
 * then the reason is its destination's after all, such as a name that our name server refuses, an
 * address that a firewall rule of ours forbids, a host that the egress proxy turns down.
 */
const faultsMax = 5;

/** What another lane has come through counts as evidence for this long, in ms. */
const evidenceMsMax = 60_000;

/**
 * Of faults after which the notice may have arrived, so many in a row of one delivery are the
 * destination's whatever others do, or it would be sent over and over. An egress proxy that dies
 * with a notice in its hands does so once: the next attempt does not get as far.
 */
const maybeSentMax = 2;

/** Lanes, and deliveries, with faults that one node remembers; the one unchanged for longest goes. */
const rememberedMax = 10_000;

interface Run {
  readonly sinceMs: number;
  /** Faults while another lane was reached since the one counted before. */
  faults: number;
  countedMs: number;
}

type Held = Pick<HeldDelivery, "id" | "lane">;

/**
 * Bounds the faults of our own, for one node. They use up no attempt and no breaker hears of them,
 * so without a bound a fault that only looks like ours would be tried for ever, and the merchant
 * would never see an attempt.
 *
 * Counted in memory: what fails so is tried again within seconds, so a node that has run for a
 * minute has come to a decision, and one that starts anew takes another minute. Several nodes count
 * each what it has seen itself. A row in the database would be written as often as an attempt, and
 * most of all while the fault is ours and everything fails.
 *
 * @example
 * if (!ownFaults.areTheirs(held, fault, false)) throw fault;
 */
export class OwnFaults {
  readonly #spacingMs: number;
  readonly #aloneMsMax: number;
  readonly #runs = new Map<string, Run>();
  readonly #maybeSent = new Map<string, number>();
  readonly #reached = { dns: new Reached(), connect: new Reached() };

  /**
   * @param spacingMs what fails at the same moment is one fault: the next counts after this
   * @param aloneMsMax with nobody to compare with, a lane's faults are its own after this long
   */
  constructor({ spacingMs, aloneMsMax }: { spacingMs: number; aloneMsMax: number }) {
    this.#spacingMs = spacingMs;
    this.#aloneMsMax = aloneMsMax;
  }

  /** An attempt has ended by no fault of ours. */
  ended({ id, lane }: Held, { timings, httpStatus }: AttemptReport): void {
    this.#runs.delete(lane);
    this.#maybeSent.delete(id);
    if (httpStatus === undefined) return;
    const nowMs = performance.now();
    // A connection that was kept alive says nothing about making one.
    if (timings.dnsMs !== undefined) this.#reached.dns.note(lane, nowMs);
    if (timings.connectMs !== undefined) this.#reached.connect.note(lane, nowMs);
  }

  /**
   * Counts one more fault; `true`: it is to be judged as the destination's.
   *
   * @param maybeSent whether the notice may have arrived
   */
  areTheirs(held: Held, { phase }: Pick<OwnFault, "phase">, maybeSent: boolean): boolean {
    const nowMs = performance.now();
    const lane = this.#laneFails(
      held.lane,
      this.#reached[phase === "dns" ? "dns" : "connect"],
      nowMs,
    );
    return (maybeSent && this.#repeatsTooOften(held.id)) || lane;
  }

  #laneFails(lane: string, others: Reached, nowMs: number): boolean {
    const run = this.#runs.get(lane) ?? { sinceMs: nowMs, faults: 0, countedMs: nowMs };
    const isNext = nowMs - run.countedMs >= this.#spacingMs;
    if (isNext && others.anotherSince(lane, run.countedMs)) {
      run.faults += 1;
      run.countedMs = nowMs;
    }
    remember(this.#runs, lane, run);
    if (nowMs - run.sinceMs >= this.#aloneMsMax) return true;
    return run.faults >= faultsMax && others.anotherSince(lane, nowMs - evidenceMsMax);
  }

  #repeatsTooOften(id: string): boolean {
    const count = (this.#maybeSent.get(id) ?? 0) + 1;
    const tooOften = count >= maybeSentMax;
    if (tooOften) this.#maybeSent.delete(id);
    else remember(this.#maybeSent, id, count);
    return tooOften;
  }
}

function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > rememberedMax && oldest !== undefined) map.delete(oldest);
}

/** The two lanes that were reached last: one of them is another than any given one. */
class Reached {
  #last: { readonly lane: string; readonly atMs: number } | undefined;
  #before: { readonly lane: string; readonly atMs: number } | undefined;

  note(lane: string, atMs: number): void {
    if (this.#last !== undefined && this.#last.lane !== lane) this.#before = this.#last;
    this.#last = { lane, atMs };
  }

  anotherSince(lane: string, ms: number): boolean {
    const another = this.#last?.lane === lane ? this.#before : this.#last;
    return another !== undefined && another.atMs > ms;
  }
}

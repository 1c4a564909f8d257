import type { Gauge, Registry } from "prom-client";
import type { MailBacklog } from "../mail/queue-store.ts";
import type { BacklogReading } from "./backlog-store.ts";
import { metricCatalogue } from "./metrics-catalogue.ts";
import { makeGauge } from "./metrics-make.ts";

/** A reading, or that there was none, serves all scrapes for this long at least. */
const readingMsMin = 5000;

/** A reading serves for so many times as long as it took, so that readings cannot become load. */
const restPerRead = 50;
const readingMsMax = 60_000;

/** A scrape waits this long for the database, then does without. */
const answerMsMax = 2000;

/** What the fleet has before it: deliveries, and e-mails. */
export interface FleetReading extends BacklogReading {
  readonly mails: MailBacklog;
}

/**
 * The fleet's backlog as gauges. Whatever scrapes, and however often, the database is asked once at
 * a time and then left alone for a while.
 */
export class BacklogGauges {
  readonly #read: () => Promise<FleetReading>;
  readonly #waitMsMax: number;
  readonly #up: Gauge;
  readonly #seconds: Gauge;
  readonly #gauges: readonly Gauge[];
  readonly #show: (reading: FleetReading) => void;
  #reading: Promise<boolean> | undefined;
  #freshUntilMs = 0;

  constructor(registry: Registry, read: () => Promise<FleetReading>, waitMsMax = answerMsMax) {
    this.#read = read;
    this.#waitMsMax = waitMsMax;
    this.#up = makeGauge(registry, metricCatalogue.databaseUp);
    this.#seconds = makeGauge(registry, metricCatalogue.readSeconds);
    const open = makeGauge(registry, metricCatalogue.open);
    const exhausted = makeGauge(registry, metricCatalogue.exhausted);
    const oldestDue = makeGauge(registry, metricCatalogue.oldestDue);
    const backlogged = makeGauge(registry, metricCatalogue.backlogged);
    const resting = makeGauge(registry, metricCatalogue.resting);
    const mailsPending = makeGauge(registry, metricCatalogue.mailsPending);
    const mailsGivenUp = makeGauge(registry, metricCatalogue.mailsGivenUp);
    const mailOldestDue = makeGauge(registry, metricCatalogue.mailOldestDue);
    const ofMails = [mailsPending, mailsGivenUp, mailOldestDue];
    const ofDeliveries = [open, exhausted, oldestDue, backlogged, resting];
    this.#gauges = [this.#seconds, ...ofDeliveries, ...ofMails];
    this.#show = (reading) => {
      open.set({ state: "leased" }, reading.leased);
      open.set({ state: "due" }, reading.due);
      open.set({ state: "waiting" }, reading.waiting);
      open.set({ state: "resting" }, reading.resting);
      exhausted.set(reading.exhausted);
      oldestDue.set({ lanes: "working" }, reading.oldestDueSWorking);
      oldestDue.set({ lanes: "resting" }, reading.oldestDueSResting);
      backlogged.set(reading.backloggedLanes);
      resting.set({ breaker: "open" }, reading.openLanes);
      resting.set({ breaker: "half_open" }, reading.halfOpenLanes);
      mailsPending.set(reading.mails.pending);
      mailsGivenUp.set(reading.mails.givenUp);
      mailOldestDue.set(reading.mails.oldestDueS);
    };
    this.#hide();
  }

  /** Brings the gauges up to date, if they are not; comes back in bounded time whatever happens. */
  async refresh(): Promise<void> {
    if (performance.now() < this.#freshUntilMs) return;
    this.#reading ??= this.#take();
    if (!(await inTime(this.#reading, this.#waitMsMax))) this.#hide();
  }

  /** One reading; `false`: the database did not answer. Never rejects. */
  async #take(): Promise<boolean> {
    const startedMs = performance.now();
    let serveMs = readingMsMin;
    try {
      this.#show(await this.#read());
      this.#up.set(1);
      const tookMs = performance.now() - startedMs;
      this.#seconds.set(tookMs / 1000);
      serveMs = Math.min(Math.max(readingMsMin, tookMs * restPerRead), readingMsMax);
      return true;
    } catch {
      return false;
    } finally {
      this.#freshUntilMs = performance.now() + serveMs;
      this.#reading = undefined;
    }
  }

  /** Old numbers would say that all is as it was; absent ones say that nobody knows. */
  #hide(): void {
    this.#up.set(0);
    for (const gauge of this.#gauges) {
      gauge.reset();
      // Without labels, a reset gauge is 0 and not absent.
      gauge.remove({});
    }
  }
}

async function inTime(reading: Promise<boolean>, msMax: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), msMax);
  });
  try {
    return await Promise.race([reading, late]);
  } finally {
    clearTimeout(timer);
  }
}

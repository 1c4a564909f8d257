import type { Pool } from "pg";
import { collectDefaultMetrics, type Gauge, Registry } from "prom-client";
import type { DropReason } from "../api-log/api-log.ts";
import type { Config } from "../config.ts";
import type { DispatcherCounts } from "../deliveries/dispatcher.ts";
import type { DeliveryWatch } from "../deliveries/watch.ts";
import type { MailResult } from "../mail/postman.ts";
import { defaultBacklogBounds, readBacklog } from "./backlog-store.ts";
import { readMailBacklog } from "../mail/queue-store.ts";
import { BacklogGauges } from "./metrics-backlog.ts";
import { metricCatalogue } from "./metrics-catalogue.ts";
import { byValue, countersBy, makeGauge, makeHistogram } from "./metrics-make.ts";
import { watchDeliveries } from "./metrics-watch.ts";

export interface MetricsOptions {
  readonly role: Config["role"];
  readonly pools: { readonly payments: Pool; readonly deliveries: Pool };
}

/** What one gateway counts and times, in a registry of its own. */
export interface Metrics {
  /** To be told what the dispatcher does. */
  readonly watch: DeliveryWatch;
  /** Takes how long the statement took that wrote a payment's outcome, in ms. */
  readonly outcomeWritten: (ms: number) => void;
  /** Takes why an API call was not logged. */
  readonly apiCallDropped: (reason: DropReason) => void;
  /** Shows how many API calls wait to be logged; called once. */
  showApiLog(unwritten: () => number): void;
  /** Takes what an attempt to send an e-mail came to. */
  readonly mailAttempted: (result: MailResult) => void;
  /** Shows what the dispatcher holds; called once, by nodes that have one. */
  showDispatcher(counts: () => DispatcherCounts): void;
  /** Prometheus text format 0.0.4. Answers in bounded time, also without a database. */
  scrape(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/**
 * @example
 * const metrics = createMetrics({ role: "all", pools: { payments: pool, deliveries: pool } });
 * metrics.outcomeWritten(1.8);
 * const { text } = await metrics.scrape();
 */
export function createMetrics({ role, pools }: MetricsOptions): Metrics {
  const registry = new Registry();
  makeGauge(registry, metricCatalogue.nodeInfo).set({ role }, 1);
  const paymentCommit = makeHistogram(registry, metricCatalogue.paymentCommit);
  const watch = watchDeliveries(registry);
  const mailAttempts = countersBy(registry, metricCatalogue.mailAttempts, "result");
  const backlog = new BacklogGauges(registry, async () => ({
    ...(await readBacklog(pools.payments)),
    mails: await readMailBacklog(pools.payments, defaultBacklogBounds.countMax),
  }));
  const apiCallsDropped = countersBy(registry, metricCatalogue.apiCallsDropped, "reason");
  showPools(registry, pools);
  const ofProcess = processRegistry();
  return {
    watch,
    outcomeWritten: (ms) => paymentCommit.observe(ms / 1000),
    apiCallDropped: (reason) => apiCallsDropped[reason].inc(),
    showApiLog(unwritten) {
      makeGauge(registry, metricCatalogue.apiCallsUnwritten, (gauge) => gauge.set(unwritten()));
    },
    mailAttempted: (result) => mailAttempts[result].inc(),
    showDispatcher: (counts) => showDispatcher(registry, counts),
    async scrape() {
      await backlog.refresh();
      const texts = await Promise.all([registry.metrics(), ofProcess.metrics()]);
      return { contentType: registry.contentType, text: texts.join("\n") };
    },
  };
}

function showPools(registry: Registry, pools: MetricsOptions["pools"]): void {
  const { poolConnections, poolWaiting, poolLimit } = metricCatalogue;
  const each = (show: (pool: Pool, name: keyof typeof pools) => void) =>
    byValue(poolLimit, "pool", (name) => show(pools[name], name));
  makeGauge(registry, poolConnections, (gauge) =>
    each(({ totalCount, idleCount }, pool) => {
      gauge.set({ pool, state: "idle" }, idleCount);
      gauge.set({ pool, state: "busy" }, totalCount - idleCount);
    }),
  );
  makeGauge(registry, poolWaiting, (gauge) =>
    each(({ waitingCount }, pool) => gauge.set({ pool }, waitingCount)),
  );
  makeGauge(registry, poolLimit, (gauge) =>
    each(({ options }, pool) => gauge.set({ pool }, options.max)),
  );
}

function showDispatcher(registry: Registry, counts: () => DispatcherCounts): void {
  const { queued, inFlight, held, heldBytes, unrecorded, knownResting } = metricCatalogue;
  const show = (of: (now: DispatcherCounts) => number) => (gauge: Gauge) => gauge.set(of(counts()));
  makeGauge(
    registry,
    queued,
    show((now) => now.queued),
  );
  makeGauge(
    registry,
    inFlight,
    show((now) => now.inFlight),
  );
  makeGauge(
    registry,
    held,
    show((now) => now.held),
  );
  makeGauge(
    registry,
    heldBytes,
    show((now) => now.heldBytes),
  );
  makeGauge(
    registry,
    unrecorded,
    show((now) => now.unrecorded),
  );
  makeGauge(
    registry,
    knownResting,
    show((now) => now.resting),
  );
}

let processMetrics: Registry | undefined;

/**
 * Node's own metrics: memory, event loop, garbage collection. They are about the process and not
 * about a gateway, and prom-client never lets go of the observers behind them, so a process that
 * starts many gateways, as tests do, collects them once.
 */
function processRegistry(): Registry {
  if (processMetrics === undefined) {
    processMetrics = new Registry();
    collectDefaultMetrics({ register: processMetrics });
  }
  return processMetrics;
}

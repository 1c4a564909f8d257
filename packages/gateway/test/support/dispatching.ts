import { randomUUID } from "node:crypto";
import type { Pool } from "pg";
import { systemClock } from "../../src/clock.ts";
import type {
  Completion,
  DeliveryState,
  HeldDelivery,
  PreparedDelivery,
} from "../../src/deliveries/delivery.ts";
import {
  createDispatcher,
  type Dispatcher,
  type DispatcherOptions,
} from "../../src/deliveries/dispatcher.ts";
import {
  type DeliveryNode,
  type DeliveryRequest,
  enqueueCtes,
  enqueueParameter,
  prepareDelivery,
} from "../../src/deliveries/enqueue.ts";
import type { Database } from "../../src/deliveries/queue-store.ts";
import type { Schedule } from "../../src/deliveries/schedule.ts";

export const testServerKey = "SZJ6NTEST1-JKLM4TEST2-WXYZ9TEST3";

/** Three retries, one right after the other. */
export const testSchedule: Schedule = { retryDelaysMs: [50, 50, 50], jitter: 0 };

/** A dispatcher that hurries: everything that takes seconds in earnest takes a fraction of one. */
export function createTestDispatcher(
  pool: Pool,
  options: Partial<DispatcherOptions> = {},
): Dispatcher & { readonly nodeId: string; readonly lines: readonly string[] } {
  const lines: string[] = [];
  const log = (_facts: object, line?: string): void => {
    lines.push(line ?? "");
  };
  const nodeId = options.nodeId ?? randomUUID();
  const dispatcher = createDispatcher({
    pool,
    clock: systemClock,
    log: { info: log, warn: log, error: log },
    policyOf: () => Promise.resolve({ key: testServerKey, schedule: testSchedule }),
    ...options,
    nodeId,
    limits: {
      attemptMsMax: 1000,
      connectMsMax: 500,
      leaseMs: 1500,
      pollMsMin: 20,
      pollMsMax: 50,
      sweepMs: 50,
      healMs: 100,
      healthMs: 50,
      stillMsMax: 250,
      stopMsMax: 2000,
      ownFaultDelayMs: 50,
      ...options.limits,
    },
    breaker: { restMsMin: 200, restMsMax: 1000, ...options.breaker },
  });
  return Object.assign(dispatcher, { nodeId, lines });
}

/** Prepares a delivery to a receiver of the test; without a `nodeId` it is born pending. */
export function prepareTo(
  url: string,
  node: DeliveryNode,
  request: Partial<DeliveryRequest> = {},
): PreparedDelivery {
  return prepareDelivery(
    {
      profileId: 45001,
      subject: "TST2609100000101",
      purpose: "callback",
      url: `${url}/cb`,
      contentType: "application/json",
      body: '{"tran_ref":"TST2609100000101"}',
      headers: { "User-Agent": "IPN/1.0", Signature: "00ff" },
      allowPrivate: true,
      ...request,
    },
    { leaseMs: 1500, ...node },
  );
}

/** Writes deliveries as an outcome does: by one statement that has a source. */
export async function enqueue(
  database: Database,
  prepared: readonly PreparedDelivery[],
): Promise<void> {
  await database.query(
    `with done as (select 1), ${enqueueCtes("done", "$1")} select count(*) from done`,
    [enqueueParameter(prepared)],
  );
}

/** The end of an attempt that arrived. */
export function delivered(held: HeldDelivery): Completion {
  return {
    held,
    report: { timings: { totalMs: 1 }, answerHeaders: {}, answer: Buffer.alloc(0) },
    verdict: "ok",
    detail: "200",
    weight: "alive",
    next: { state: "delivered" },
    startedMs: 0,
  };
}

/** How many deliveries are in which state. */
export async function statesOf(pool: Pool): Promise<Partial<Record<DeliveryState, number>>> {
  const { rows } = await pool.query<{ state: DeliveryState; count: number }>(
    `select coalesce(q.state,
         case when d.exhausted_at is null then 'delivered' else 'exhausted' end) as state,
       count(*)::integer as count
     from delivery d left join delivery_queue q using (profile_id, delivery_id) group by 1`,
  );
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
}

/** The queue as a fence must leave it; when a lease ends is not told, since its holder renews it. */
export async function leasesIn(pool: Pool): Promise<readonly object[]> {
  const { rows } = await pool.query<object>(
    `select delivery_id, state, attempt_count, lease_token, node_id from delivery_queue
     order by delivery_id`,
  );
  return rows;
}

/** Which attempts are written, and by which nodes. */
export async function attemptsIn(pool: Pool): Promise<readonly object[]> {
  const { rows } = await pool.query<object>(
    `select number, verdict, node_id from delivery_attempt order by delivery_id, number`,
  );
  return rows;
}

/** Waits until a condition holds. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  msMax = 10_000,
): Promise<void> {
  const endsMs = performance.now() + msMax;
  while (!(await holds())) {
    if (performance.now() > endsMs) throw new Error(`not within ${msMax} ms`);
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
}

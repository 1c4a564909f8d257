import { randomUUID } from "node:crypto";
import { migrate } from "@wasl/gateway/src/database/migrate.ts";
import { createPool } from "@wasl/gateway/src/database/pool.ts";
import { systemClock } from "@wasl/gateway/src/clock.ts";
import { keepDays, retentionDaysDefault } from "@wasl/gateway/src/deliveries/days.ts";
import {
  createDispatcher,
  type Dispatcher,
  type Outbox,
} from "@wasl/gateway/src/deliveries/dispatcher.ts";
import { Herald } from "@wasl/gateway/src/deliveries/herald.ts";
import { defaultSchedule } from "@wasl/gateway/src/deliveries/schedule.ts";
import { type ClaimBounds, claimDue } from "@wasl/gateway/src/deliveries/queue-store.ts";
import type { Pool, PoolClient } from "pg";
import { serverKey } from "./load.ts";

export {
  type DeliveryNode,
  enqueueCtes,
  enqueueParameter,
  prepareDelivery,
} from "@wasl/gateway/src/deliveries/enqueue.ts";
export type { PreparedDelivery } from "@wasl/gateway/src/deliveries/delivery.ts";
export type { ClaimBounds, Dispatcher, Outbox };

/** As many as a gateway keeps for deliveries. */
const deliveryConnections = 7;

/** Warnings go to stderr: a bench that produces any measures something else than it says. */
const log = {
  info: () => undefined,
  warn: (facts: unknown, line?: string) => warn(facts, line),
  error: (facts: unknown, line?: string) => warn(facts, line),
};

let warnings = 0;
const warningsMax = 10;

function warn(facts: unknown, line: string | undefined): void {
  warnings += 1;
  if (warnings > warningsMax) return;
  process.stderr.write(`  wasl warns: ${line ?? ""} ${JSON.stringify(facts)}\n`);
}

/** Makes a database what a gateway makes of it at its start. */
export async function createSchema(url: string): Promise<void> {
  const pool = createPool(url, { connectionsMax: 1 });
  try {
    await migrate(pool);
    await keepDays(pool, retentionDaysDefault);
  } finally {
    await pool.end();
  }
}

export function createDeliveryPool(url: string): Pool {
  return createPool(url, { connectionsMax: deliveryConnections });
}

/** A dispatcher with the gateway's own settings; merchants' keys and schedules come from memory. */
export function createEngine(pool: Pool): Dispatcher {
  return createDispatcher({
    pool,
    nodeId: `bench-${process.pid}-${randomUUID().slice(0, 8)}`,
    clock: systemClock,
    log,
    policyOf: () => policy,
  });
}

const policy = Promise.resolve({ key: serverKey, schedule: defaultSchedule });

/** What a process has that commits deliveries and leaves the sending to others. */
export function createHerald(pool: Pool): Outbox {
  return new Herald({ pool, log });
}

/** One claim as a node makes it, in whatever transaction the client is. */
export async function tryClaim(client: PoolClient, bounds: ClaimBounds): Promise<number> {
  const lease = { nodeId: "bench", leaseToken: randomUUID(), leaseMs: 15_000, probeMs: 35_000 };
  return (await claimDue(client, bounds, lease)).length;
}

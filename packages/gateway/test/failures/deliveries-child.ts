/**
 * A node of its own process, for tests that kill it: `node deliveries-child.ts <plan as JSON>`.
 * Says on stdout what it has committed and what it would log.
 */
import { setTimeout as wait } from "node:timers/promises";
import { createPool } from "../../src/database/pool.ts";
import type { PreparedDelivery } from "../../src/deliveries/delivery.ts";
import { enqueueCtes, enqueueParameter } from "../../src/deliveries/enqueue.ts";
import { Herald } from "../../src/deliveries/herald.ts";
import { createTestDispatcher, enqueue, prepareTo, testServerKey } from "../support/dispatching.ts";
import type { NodePlan } from "../support/node-processes.ts";

const plan = JSON.parse(process.argv[2] ?? "{}") as NodePlan;
const pool = createPool(plan.databaseUrl, { connectionsMax: plan.connectionsMax ?? 8 });

/** One write for each line: a pipe takes it whole, so a kill does not cut it. */
function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const tell = (facts: object, line = ""): void => {
  const error = "err" in facts && facts.err instanceof Error ? `: ${facts.err.message}` : "";
  say(`${line}${error}`);
};
const log = { info: tell, warn: tell, error: tell };

const schedule = { retryDelaysMs: plan.retryDelaysMs ?? [50, 50, 50], jitter: 0 };
const dispatcher =
  plan.does === "commits for others"
    ? undefined
    : createTestDispatcher(pool, {
        log,
        policyOf: () => Promise.resolve({ key: testServerKey, schedule }),
        limits: { attemptMsMax: 5000, ...plan.limits },
        breaker: plan.breaker ?? {},
      });
const outbox = dispatcher ?? new Herald({ pool, log });

let prepared = 0;

function prepare(headers: Record<string, string> = {}): PreparedDelivery {
  prepared += 1;
  const url = plan.receivers[prepared % plan.receivers.length] ?? "";
  const profileId = 45001 + (prepared % (plan.profiles ?? 1));
  const body = JSON.stringify({ process: process.pid, prepared });
  return prepareTo(url, outbox.node, { profileId, body, headers });
}

/** Prepares, commits, hands over. Whether a commit without an answer took place, nobody knows. */
async function deliver(): Promise<void> {
  const delivery = prepare({ Signature: `of ${prepared}` });
  try {
    await enqueue(pool, [delivery]);
  } catch (error) {
    say(`not committed as far as we know ${delivery.id}: ${String(error)}`);
    return;
  }
  say(`committed ${delivery.id}`);
  outbox.handOver([delivery]);
}

/** What was never committed must never be sent. */
async function rollBack(): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query("begin");
    await client.query(
      `with done as (select 1), ${enqueueCtes("done", "$1")} select count(*) from done`,
      [enqueueParameter([prepare({ "X-Rolled-Back": "yes" })])],
    );
    await client.query("rollback");
    client.release();
  } catch (error) {
    client.release(true);
    say(`not rolled back by us: ${String(error)}`);
  }
}

async function commitWithoutEnd(): Promise<never> {
  const { atOnce = 3, pauseMs = 0 } = plan;
  for (;;) {
    const deliveries = Array.from({ length: atOnce }, () => deliver());
    await Promise.all([...deliveries, rollBack().catch((error: unknown) => say(String(error)))]);
    await wait(pauseMs);
  }
}

async function run(): Promise<void> {
  switch (plan.does) {
    case "commits one and dies":
      await enqueue(pool, [prepare()]);
      process.kill(process.pid, "SIGKILL");
      return;
    case "sends one":
      dispatcher?.start();
      return deliver();
    case "commits and sends":
    case "commits for others":
      dispatcher?.start();
      return commitWithoutEnd();
    case "sends for others":
      dispatcher?.start();
      return;
    default:
      plan.does satisfies never;
  }
}

process.once("SIGTERM", () => {
  say("stopping");
  void outbox
    .stop()
    .then(() => pool.end())
    .then(() => process.exit(0));
});

say("running");
await run();

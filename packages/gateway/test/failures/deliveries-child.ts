/**
 * A node of its own process, for tests that kill it: commits deliveries to one receiver and sends
 * them. `node deliveries-child.ts <database url> <receiver url> <plan>`; says on stdout what it does.
 */
import { enqueueCtes, enqueueParameter } from "../../src/deliveries/enqueue.ts";
import { createPool } from "../../src/database/pool.ts";
import { createTestDispatcher, enqueue, prepareTo } from "../support/dispatching.ts";

const [databaseUrl = "", receiverUrl = "", plan = ""] = process.argv.slice(2);
const pool = createPool(databaseUrl, { connectionsMax: 8 });
const node = createTestDispatcher(pool, { limits: { attemptMsMax: 5000 } });

/** Prepares, commits, hands over. */
async function deliver(): Promise<void> {
  const prepared = prepareTo(receiverUrl, node);
  await enqueue(pool, [prepared]);
  node.handOver([prepared]);
}

/** What was never committed must never be sent. */
async function rollBack(): Promise<void> {
  const prepared = prepareTo(receiverUrl, node, { headers: { "X-Rolled-Back": "yes" } });
  const client = await pool.connect();
  await client.query("begin");
  await client.query(
    `with done as (select 1), ${enqueueCtes("done", "$1")} select count(*) from done`,
    [enqueueParameter([prepared])],
  );
  await client.query("rollback");
  client.release();
}

async function run(): Promise<void> {
  switch (plan) {
    case "die between commit and hand-over":
      await enqueue(pool, [prepareTo(receiverUrl, node)]);
      process.kill(process.pid, "SIGKILL");
      break;
    case "send one":
      node.start();
      await deliver();
      break;
    case "send without end":
      node.start();
      for (;;) await Promise.all([deliver(), deliver(), deliver(), rollBack()]);
    default:
      throw new Error(`no plan is called ${plan}`);
  }
}

setInterval(() => {
  for (const line of (node.lines as string[]).splice(0)) process.stdout.write(`${line}\n`);
}, 20);
await run();

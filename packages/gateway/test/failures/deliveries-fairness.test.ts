import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { until } from "../support/dispatching.ts";
import { killNodes, type NodePlan, startNode } from "../support/node-processes.ts";
import { answer, type Behaviour, hang, type Receiver, startReceiver } from "../support/receiver.ts";
import { scaled } from "../support/scale.ts";

let database: TestDatabase;
const receivers: Receiver[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
});

afterEach(async () => {
  await killNodes();
  for (const receiver of receivers.splice(0)) await receiver.close();
  await database.drop();
});

async function shops(count: number, behaviour: Behaviour): Promise<Receiver[]> {
  const started = await Promise.all(
    Array.from({ length: count }, () => startReceiver({ behaviour })),
  );
  receivers.push(...started);
  return started;
}

/** Half of what the nodes commit goes to merchants that are broken. */
function startNodes(count: number, urls: readonly string[], plan: Partial<NodePlan> = {}) {
  return Array.from({ length: count }, () =>
    startNode({
      does: "commits and sends",
      databaseUrl: database.url,
      receivers: urls,
      atOnce: 4,
      pauseMs: 10,
      ...plan,
    }),
  );
}

const ids = (shop: Receiver) => new Set(shop.requests.map(({ headers }) => headers["webhook-id"]));

/** What has been committed for this server and is not delivered. */
async function openTo({ url }: Receiver): Promise<number> {
  const { rows } = await database.pool.query(
    `select count(*)::int as n from delivery_queue join delivery using (profile_id, delivery_id)
     where url = $1`,
    [`${url}/cb`],
  );
  return rows[0].n;
}

/**
 * Far above what the isolation bench measures, because everything here shares two cores, and far
 * below what waiting for one hanging attempt takes, or for one turn of the backlog after another.
 */
const healthyP99MsMax = 1000;

/** How long after its transaction began each delivery arrived first, in ms, in ascending order. */
async function latenesses(arrivedAt: readonly Receiver[]): Promise<readonly number[]> {
  const { rows } = await database.pool.query<{ delivery_id: string; created_at: Date }>(
    "select delivery_id, created_at from delivery",
  );
  const created = new Map(rows.map((row) => [row.delivery_id, row.created_at.getTime()]));
  const first = new Map<string, number>();
  for (const { headers, at } of arrivedAt.flatMap(({ requests }) => requests)) {
    const id = headers["webhook-id"] ?? "";
    if (!first.has(id)) first.set(id, at.getTime() - (created.get(id) ?? 0));
  }
  return [...first.values()].toSorted((a, b) => a - b);
}

describe.each([1, 3])("with %i node(s), merchants that hang", (nodeCount) => {
  it(
    "have two places of each node, and everybody else's deliveries arrive meanwhile",
    async () => {
      const healthy = await shops(4, answer(200));
      const hanging = await shops(4, hang);
      const urls = healthy.flatMap(({ url }, index) => [url, hanging[index]?.url ?? ""]);
      // So long that no hanging attempt ends while the test lasts.
      const nodes = startNodes(nodeCount, urls, { limits: { attemptMsMax: 120_000 } });
      const enough = scaled(100, 2000);
      await until(() => healthy.every((shop) => ids(shop).size >= enough), scaled(30_000, 300_000));
      await Promise.all(nodes.map((node) => node.kill()));
      const late = await latenesses(healthy);
      expect(late.length).toBeGreaterThanOrEqual(enough * healthy.length);
      expect(late[Math.floor(late.length * 0.99)]).toBeLessThan(healthyP99MsMax);
      for (const { requests } of hanging) {
        expect(requests.length).toBeGreaterThan(0);
        expect(requests.length).toBeLessThanOrEqual(2 * nodeCount);
      }
      // They had as much to send as the others.
      for (const shop of hanging) expect(await openTo(shop)).toBeGreaterThan(enough / 2);
    },
    scaled(60_000, 600_000),
  );
});

describe.each([1, 3])("with %i node(s), a merchant whose server fails", (nodeCount) => {
  it(
    "is called a few times and then rests, whatever is due to it",
    async () => {
      const [healthy] = await shops(1, answer(200));
      const [failing] = await shops(1, answer(500));
      if (healthy === undefined || failing === undefined) throw new Error("no shops");
      // Retried at once, so that nothing but the breaker holds the calls back.
      const retryDelaysMs = Array.from({ length: 500 }, () => 1);
      startNodes(nodeCount, [healthy.url, failing.url], {
        retryDelaysMs,
        breaker: { restMsMin: 600_000, restMsMax: 600_000 },
      });
      await until(() => ids(healthy).size >= scaled(200, 2000), scaled(30_000, 300_000));
      expect(await openTo(failing)).toBeGreaterThan(50);
      expect(failing.requests.length).toBeLessThanOrEqual(20);
    },
    scaled(60_000, 600_000),
  );
});

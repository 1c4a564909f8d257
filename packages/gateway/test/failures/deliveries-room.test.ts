import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openLane } from "../../src/deliveries/lanes-store.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { createTestDispatcher, enqueue, prepareTo } from "../support/dispatching.ts";
import { toBacklog } from "../support/lanes.ts";
import { after, answer, hang, type Receiver, startReceiver } from "../support/receiver.ts";

let database: TestDatabase;
let healthy: Receiver;
let hanging: Receiver;

beforeEach(async () => {
  database = await createTestDatabase();
  healthy = await startReceiver({ behaviour: answer(200) });
  hanging = await startReceiver({ behaviour: hang });
});

afterEach(async () => {
  await healthy.close();
  await hanging.close();
  await database.drop();
});

const limits = {
  // No hanging attempt ends while the test lasts, so no breaker helps.
  attemptMsMax: 120_000,
  leaseMs: 120_000,
  heldMax: 128,
  queuedPerLaneMax: 32,
  claimPerLaneMax: 16,
  stopMsMax: 10,
};

const times = <Item>(count: number, make: (index: number) => Item) =>
  Array.from({ length: count }, (_, index) => make(index));

describe("more deliveries to hanging merchants than a node has room for", () => {
  it.each(["committed here", "of the backlog"])("hold up nobody else's, %s", async (whose) => {
    const node = createTestDispatcher(database.pool, { limits });
    const toHealthy = (of: object) =>
      times(100, (index) => prepareTo(healthy.url, of, { profileId: 47000 + (index % 10) }));
    try {
      node.start();
      const dead = times(20 * 40, (index) =>
        prepareTo(hanging.url, {}, { profileId: 46000 + (index % 20) }),
      );
      await toBacklog(database.pool, dead);
      await hanging.received(20);
      if (whose === "of the backlog") {
        await toBacklog(database.pool, toHealthy({}));
      } else {
        for (const own of toHealthy(node)) {
          await enqueue(database.pool, [own]);
          node.handOver([own]);
        }
      }
      await healthy.received(100, 20_000);
    } finally {
      await node.stop();
    }
    const arrived = new Set(healthy.requests.map(({ headers }) => headers["webhook-id"]));
    expect(arrived.size).toBe(100);
    expect(hanging.requests.length).toBeLessThanOrEqual(2 * 20);
  });
});

describe("a merchant who is back while the node has no place free", () => {
  it("is asked and hears, though others have work for every place", async () => {
    const busy = await startReceiver({ behaviour: after(100, answer(200)) });
    const node = createTestDispatcher(database.pool, {
      limits: { inFlightMax: 8 },
      breaker: { restMsMin: 60_000, restMsMax: 60_000 },
    });
    try {
      node.start();
      await toBacklog(
        database.pool,
        times(800, (index) => prepareTo(busy.url, {}, { profileId: 46000 + (index % 8) })),
      );
      await busy.received(50);
      const waiting = prepareTo(healthy.url, {}, { profileId: 47000 });
      await openLane(database.pool, waiting, 1);
      await toBacklog(database.pool, [waiting]);
      await healthy.received(1, 20_000);
      expect(busy.requests.length).toBeLessThan(800);
    } finally {
      await node.stop();
      await busy.close();
    }
  }, 40_000);
});

import { setTimeout as wait } from "node:timers/promises";
import type { Pool, QueryConfig } from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openLane } from "../../src/deliveries/lanes-store.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import {
  createTestDispatcher,
  enqueue,
  prepareTo,
  testSchedule,
  testServerKey,
  until,
} from "../support/dispatching.ts";
import { toBacklog, untilStates } from "../support/lanes.ts";
import { hold, letAllGo } from "../support/locks.ts";
import {
  after,
  answer,
  hang,
  onceTold,
  type Receiver,
  startReceiver,
} from "../support/receiver.ts";

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

describe.each([1, 6])("%i merchant(s) with many hosts that hang", (merchants) => {
  const bounds = {
    ...limits,
    claimPerLaneMax: 2,
    claimRowsMax: 16,
    inFlightMax: 24,
    crowdedFrom: 16,
    inFlightPerProfileMax: 8,
    inFlightPerProfileCrowdedMax: 1,
    queuedPerProfileMax: 48,
  };
  const [least, most] = merchants === 1 ? [8, 8] : [16, 16 + merchants];

  it.each(["committed here", "of the backlog"])("leave room to others, %s", async (whose) => {
    const hosts = await Promise.all(times(12, () => startReceiver({ behaviour: hang })));
    const node = createTestDispatcher(database.pool, { limits: bounds });
    try {
      node.start();
      const dead = hosts.flatMap(({ url }) =>
        times(20 * merchants, (index) =>
          prepareTo(url, {}, { profileId: 46000 + (index % merchants) }),
        ),
      );
      await toBacklog(database.pool, dead);
      await until(() => node.counts().inFlight >= least);
      // As long as it takes until nobody else gets a place.
      await wait(500);
      expect(node.counts().inFlight).toBeLessThanOrEqual(most);
      const own = times(60, (index) =>
        prepareTo(healthy.url, whose === "of the backlog" ? {} : node, {
          profileId: 47000 + index,
        }),
      );
      if (whose === "of the backlog") {
        await toBacklog(database.pool, own);
      } else {
        await enqueue(database.pool, own);
        node.handOver(own);
      }
      await healthy.received(60, 20_000);
      expect(hosts.flatMap(({ requests }) => requests).length).toBeLessThanOrEqual(most);
    } finally {
      await node.stop();
      await Promise.all(hosts.map((host) => host.close()));
    }
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

describe("a node whose attempts cannot be recorded", () => {
  it("makes no more than it can remember, and loses none", async () => {
    const node = createTestDispatcher(database.pool, {
      limits: { leaseMs: 60_000, inFlightMax: 4, unrecordedMax: 8 },
    });
    const letGo = await hold(database.pool, "lock table delivery_attempt in exclusive mode");
    try {
      node.start();
      await toBacklog(
        database.pool,
        times(60, (index) => prepareTo(healthy.url, {}, { profileId: 46000 + (index % 10) })),
      );
      await until(() => node.counts().unrecorded >= 8 && node.counts().inFlight === 0);
      // Many times what it takes to send one more.
      await wait(300);
      expect(healthy.requests.length).toBeGreaterThanOrEqual(8);
      expect(healthy.requests.length).toBeLessThan(8 + 4);
      await letGo();
      await untilStates(database.pool, { delivered: 60 });
      expect(healthy.requests).toHaveLength(60);
    } finally {
      await letAllGo();
      await node.stop();
    }
  });
});

describe("a node that has as many bytes in memory as it may", () => {
  it.each(["committed here", "of the backlog"])("takes no more, %s", async (whose) => {
    const last = onceTold(answer(200));
    healthy.behave(last.behaviour);
    const node = createTestDispatcher(database.pool, {
      limits: { leaseMs: 60_000, heldBytesMax: 1, attemptMsMax: 30_000 },
    });
    const own = (of: object) =>
      times(10, (index) => prepareTo(healthy.url, of, { profileId: 46000 + index }));
    try {
      node.start();
      const first = prepareTo(healthy.url, node);
      await enqueue(database.pool, [first]);
      node.handOver([first]);
      await healthy.received(1);
      if (whose === "of the backlog") {
        await toBacklog(database.pool, own({}));
      } else {
        const more = own(node);
        await enqueue(database.pool, more);
        node.handOver(more);
      }
      await untilStates(database.pool, { leased: 1, pending: 10 });
      // Several polls.
      await wait(300);
      expect(node.counts()).toMatchObject({ held: 1, heldBytes: first.body.length });
      expect(healthy.requests).toHaveLength(1);
      last.tell();
      await untilStates(database.pool, { delivered: 11 });
      expect(healthy.requests).toHaveLength(11);
    } finally {
      await node.stop();
    }
  });
});

describe("a node that calls no private address", () => {
  it("gives the place of each delivery back, whatever it was written as", async () => {
    const policy = { key: testServerKey, schedule: testSchedule, publicOnly: true } as const;
    const node = createTestDispatcher(database.pool, {
      policyOf: () => Promise.resolve(policy),
      limits: { heldMax: 8 },
      breaker: { restMsMin: 60_000, restMsMax: 60_000 },
    });
    try {
      node.start();
      await toBacklog(
        database.pool,
        times(40, (index) => prepareTo(healthy.url, {}, { profileId: 46000 + index })),
      );
      await untilStates(database.pool, { exhausted: 40 });
      await until(() => node.counts().held === 0);
      expect(node.counts().heldBytes).toBe(0);
      expect(healthy.requests).toEqual([]);
    } finally {
      await node.stop();
    }
  });
});

/** Counts the statements of one name that go through a pool. */
function counted(pool: Pool, name: string) {
  const seen = { count: 0 };
  const query = (config: QueryConfig) => {
    if (config.name === name) seen.count += 1;
    return pool.query(config);
  };
  return { pool: { query, connect: () => pool.connect() } as unknown as Pool, seen };
}

describe("more resting lanes than a node can ask after", () => {
  it("are left to others, or to the next free place", async () => {
    const { pool, seen } = counted(database.pool, "end-probe");
    const node = createTestDispatcher(pool, {
      limits: { ...limits, inFlightMax: 4, probesMax: 8 },
      breaker: { restMsMin: 60_000, restMsMax: 60_000 },
    });
    const resting = times(60, (index) => prepareTo(hanging.url, {}, { profileId: 46000 + index }));
    await toBacklog(database.pool, resting);
    await database.pool.query(
      `update lane set breaker = 'open', openings = 3, rests_until = now(), next_due_at = now()`,
    );
    try {
      node.start();
      await hanging.received(8);
      await wait(1500);
      expect(hanging.requests).toHaveLength(8);
      expect(seen.count).toBe(0);
      // They neither take the places of others nor hide what is due of them.
      await toBacklog(database.pool, [prepareTo(healthy.url, {}, { profileId: 47000 })]);
      await healthy.received(1);
      // A probe that ends makes place for the next.
      hanging.cut();
      await hanging.received(16);
    } finally {
      await node.stop();
    }
  });
});

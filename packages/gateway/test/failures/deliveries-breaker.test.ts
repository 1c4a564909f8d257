import { setTimeout as wait } from "node:timers/promises";
import type { Pool, QueryConfig } from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DispatcherOptions } from "../../src/deliveries/dispatcher.ts";
import { openLane } from "../../src/deliveries/lanes-store.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { createTestDispatcher, prepareTo, testSchedule, until } from "../support/dispatching.ts";
import { crowd, laneState, toBacklog, untilStates } from "../support/lanes.ts";
import { killNodes, type NodePlan, startNode } from "../support/node-processes.ts";
import {
  after,
  answer,
  type Behaviour,
  hang,
  inTurn,
  type Receiver,
  startReceiver,
} from "../support/receiver.ts";
import { scaled } from "../support/scale.ts";

let database: TestDatabase;
let shop: Receiver;
let server: ReturnType<typeof crowd>;
const cleanups: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
  server = crowd(answer(500));
  shop = await startReceiver({ behaviour: server.behaviour });
});

afterEach(async () => {
  await killNodes();
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  await shop.close();
  await database.drop();
});

/** So many retries that no delivery is exhausted by what a test does to it. */
const retryDelaysMs = Array.from({ length: 50 }, () => 50);
const policyOf = () => Promise.resolve({ key: "S", schedule: { ...testSchedule, retryDelaysMs } });

const breaker = { restMsMin: 250, restMsMax: 300 };

function startWorker(limits: NodePlan["limits"] = {}) {
  const [does, receivers] = ["sends for others", [shop.url]] as const;
  return startNode({ does, databaseUrl: database.url, receivers, retryDelaysMs, breaker, limits });
}

function dispatcher(options: Partial<DispatcherOptions> = {}) {
  const created = createTestDispatcher(database.pool, { policyOf, breaker, ...options });
  cleanups.push(() => created.stop());
  created.start();
  return created;
}

async function backlog(count: number): Promise<void> {
  await toBacklog(
    database.pool,
    Array.from({ length: count }, () => prepareTo(shop.url, {})),
  );
}

const lane = () => laneState(database.pool);
const untilOpenings = (openings: number) =>
  until(async () => (await lane()).openings >= openings, 20_000);

/** Answers with these statuses in turn, again and again. */
function inEach(statuses: readonly number[]): Behaviour {
  let turn = 0;
  return (response, request) => {
    turn += 1;
    return answer(statuses[turn % statuses.length] ?? 0)(response, request);
  };
}

/** A pool over which the first claim that takes something is answered only when let go. */
function lateClaims(pool: Pool) {
  const claimed = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const query = async (config: QueryConfig) => {
    const result = await pool.query(config);
    if (config.name !== "claim-deliveries" || result.rows.length === 0) return result;
    claimed.resolve();
    await gate.promise;
    return result;
  };
  const late = { query, connect: () => pool.connect() } as unknown as Pool;
  return { pool: late, claimed: claimed.promise, letGo: gate.resolve };
}

/** Attempts recorded, each with a number of its own: none was used up without a request. */
async function attempts(): Promise<number> {
  const { rows } = await database.pool.query<{ attempts: number; highest: number }>(
    `select coalesce(sum(count), 0)::integer as attempts,
       coalesce(sum(highest), 0)::integer as highest
     from (select count(*) as count, max(number) as highest from delivery_attempt
       group by profile_id, delivery_id) of_each`,
  );
  expect(rows[0]?.highest).toBe(rows[0]?.attempts);
  return rows[0]?.attempts ?? 0;
}

describe("a lane whose server fails, before three processes", () => {
  const rounds = scaled(2, 20);

  it(
    "is asked by one probe at a time, again and again, until it answers",
    async () => {
      for (let node = 0; node < 3; node += 1) startWorker();
      for (let round = 1; round <= rounds; round += 1) {
        server.behave(after(40, answer(500)));
        await backlog(60);
        // Once its first probe has failed, every node has heard that it rests.
        await untilOpenings(2);
        const [requests, { openings }] = [shop.requests.length, await lane()];
        await untilOpenings(5);
        const probes = shop.requests.length - requests;
        expect(probes).toBeLessThanOrEqual((await lane()).openings - openings + 1);
        expect(Math.max(...server.together.slice(requests))).toBe(1);
        server.behave(after(40, answer(200)));
        await untilStates(database.pool, { delivered: 60 * round });
      }
      expect(await attempts()).toBe(shop.requests.length);
    },
    rounds * 30_000,
  );
});

/** Lets a lane open before this node, and its next probe hang before the server. */
async function probeHangs(): Promise<void> {
  await backlog(20);
  await untilOpenings(2);
  server.behave(hang);
  await until(async () => server.present === 1 && (await lane()).breaker === "half_open");
}

describe("a probe", () => {
  const limits = { attemptMsMax: 500, probeSlackMs: 200 };

  it("lost by kill -9 is made again by another node", async () => {
    const doomed = startWorker({ ...limits, attemptMsMax: 5000 });
    await probeHangs();
    const [requests, { restsUntil }] = [shop.requests.length, await lane()];
    await doomed.kill();
    await database.pool.query("update lane set rests_until = now(), next_due_at = now()");
    dispatcher({ limits });
    await shop.received(requests + 1);
    expect(await lane()).toMatchObject({ breaker: "half_open" });
    expect((await lane()).restsUntil).not.toEqual(restsUntil);
    server.behave(answer(200));
    await untilStates(database.pool, { delivered: 20 });
  });

  it("of a node that stood still says nothing any more", async () => {
    const zombie = startWorker({ ...limits, leaseMs: 500 });
    await probeHangs();
    zombie.child.kill("SIGSTOP");
    dispatcher({ limits: { ...limits, attemptMsMax: 20_000 } });
    // Another probe, which hangs too, after the time of the first.
    await until(() => server.present === 2);
    const { restsUntil } = await lane();
    zombie.child.kill("SIGCONT");
    await zombie.said("fenced off");
    await zombie.stop();
    expect(await lane()).toMatchObject({ breaker: "half_open", restsUntil });
  });

  it("does not wait for what hangs since before the lane opened", async () => {
    // The first attempt hangs, the next five fail, and the lane opens.
    server.behave(inTurn(hang, answer(500)));
    const node = dispatcher({
      limits: { attemptMsMax: 20_000, probeSlackMs: 300, inFlightUnprovenMax: 8 },
    });
    await backlog(20);
    await untilOpenings(2);
    expect(node.counts().inFlight).toBeGreaterThanOrEqual(1);
    shop.cut();
    server.behave(answer(200));
    await untilStates(database.pool, { delivered: 20 });
  });
});

describe("a claim", () => {
  it("whose answer comes late does not make a lane seem closed that has opened since", async () => {
    const prepared = prepareTo(shop.url, {});
    const { pool, claimed, letGo } = lateClaims(database.pool);
    const node = dispatcher({ pool });
    await toBacklog(database.pool, [prepared]);
    await claimed;
    await openLane(database.pool, prepared, 60_000);
    await until(() => node.counts().resting === 1);
    letGo();
    await untilStates(database.pool, { pending: 1 });
    expect(shop.requests).toHaveLength(0);
    expect(await lane()).toMatchObject({ breaker: "open", openings: 1 });
  });
});

describe("a breaker", () => {
  it("rests twice as long each time, up to the maximum", async () => {
    // Noted by the database itself: whoever only looks now and then may miss one.
    await database.pool.query(
      `create table rest (openings integer primary key, ms float8);
       create function note_rest() returns trigger language plpgsql as $$ begin
         insert into rest values (new.openings,
           1000 * extract(epoch from new.rests_until - now())) on conflict do nothing;
         return new;
       end $$;
       create trigger note_rest after insert or update on lane
       for each row when (new.breaker = 'open') execute function note_rest()`,
    );
    dispatcher({ random: () => 0.5, breaker: { restMsMin: 100, restMsMax: 400 } });
    await backlog(20);
    await untilOpenings(4);
    const { rows } = await database.pool.query("select ms from rest order by openings limit 4");
    expect(rows.map(({ ms }) => ms)).toEqual([100, 200, 400, 400]);
  });

  it("is not opened by answers to what was sent", async () => {
    server.behave(inEach([400, 401, 403, 404, 405, 409, 419, 422, 302]));
    dispatcher();
    await backlog(20);
    await until(() => shop.requests.length > 200);
    expect(await lane()).toMatchObject({ breaker: "closed", openings: 0 });
  });

  it("is not opened by faults of our own", async () => {
    let faults = 0;
    server.behave(answer(200));
    dispatcher({
      policyOf: () => {
        faults += 1;
        return faults <= 60 ? Promise.reject(new Error("no key")) : policyOf();
      },
    });
    await backlog(20);
    await untilStates(database.pool, { delivered: 20 });
    expect(await attempts()).toBe(20);
    expect(await lane()).toMatchObject({ breaker: "closed", openings: 0 });
  });

  it("lets a server that is back begin with little", async () => {
    server.behave(answer(500));
    dispatcher({ limits: { attemptMsMax: 20_000 } });
    await backlog(60);
    await untilOpenings(2);
    await until(() => server.present === 0);
    const answers: (() => void)[] = [];
    server.behave((response) => {
      answers.push(() => response.writeHead(200).end());
    });
    // The probe, then one, two, four, as the answers come.
    for (const present of [1, 1, 2, 4, 8, 8]) {
      await until(() => server.present >= present);
      await wait(100);
      expect(server.present).toBe(present);
      answers.shift()?.();
    }
    server.behave(answer(200));
    for (const letGo of answers.splice(0)) letGo();
    await untilStates(database.pool, { delivered: 60 });
  });
});

describe("nodes that hear no notification", () => {
  it("find by polling what is due, and which lanes rest", async () => {
    const { pool } = database;
    const deaf = {
      query: pool.query.bind(pool),
      connect: () => Promise.reject(new Error("nobody can listen here")),
    } as unknown as Pool;
    const nodes = [dispatcher({ pool: deaf }), dispatcher({ pool: deaf })];
    await backlog(20);
    await untilOpenings(2);
    await until(() => nodes.every((node) => node.counts().resting === 1));
    server.behave(answer(200));
    await untilStates(database.pool, { delivered: 20 });
    await until(() => nodes.every((node) => node.counts().resting === 0));
    const lines = nodes.flatMap((node) => node.lines);
    expect(lines).toContain("notifications cannot be heard for now");
  });

  it("listen again when their connections were cut", async () => {
    const node = dispatcher();
    server.behave(answer(200));
    const cutListeners = async () => {
      const { rowCount } = await database.pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and query = 'listen wasl_deliveries'`,
      );
      return rowCount === 1;
    };
    for (let cut = 0; cut < 2; cut += 1) {
      await until(cutListeners);
      await backlog(5);
    }
    await untilStates(database.pool, { delivered: 10 });
    await until(cutListeners);
    expect(node.lines).toContain("notifications cannot be heard for now");
  });
});

import { deepEqual, equal } from "node:assert/strict";
import { randomUUID } from "node:crypto";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { recordCompletions } from "../../src/deliveries/completion-store.ts";
import type { HeldDelivery, NextStep } from "../../src/deliveries/delivery.ts";
import { wakeBornPending } from "../../src/deliveries/lanes-store.ts";
import { claimDue, releaseLeases, sweepExpiredLeases } from "../../src/deliveries/queue-store.ts";
import { askRedelivery, runRedelivery } from "../../src/deliveries/redelivery.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { enqueue, prepareTo } from "../support/dispatching.ts";
import { scaled } from "../support/scale.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database.drop());

/** What a delivery must be, by all that was done to it. */
interface Model {
  readonly profileId: number;
  state: "leased" | "pending" | "delivered" | "exhausted";
  attempts: number;
  /** Who holds it; whoever names another lease writes nothing. */
  leaseToken: string | undefined;
}

/** A delivery as some node holds it; the lease may be long gone. */
type Held = Omit<HeldDelivery, "leaseEndsMs">;

class World {
  readonly models = new Map<string, Model>();
  readonly held: Held[] = [];

  async enqueue(lane: number, born: "leased" | "pending"): Promise<void> {
    const profileId = 46000 + lane;
    const node = born === "leased" ? { nodeId: "n", leaseMs: 600_000 } : {};
    const prepared = prepareTo("http://127.0.0.1:1", node, { profileId });
    await enqueue(database.pool, [prepared]);
    if (born === "pending") await wakeBornPending(database.pool, [prepared]);
    const leaseToken = born === "leased" ? prepared.leaseToken : undefined;
    this.models.set(prepared.id, { profileId, state: born, attempts: 0, leaseToken });
    if (leaseToken !== undefined) this.held.push(prepared);
  }

  async claim(perLaneMax: number): Promise<void> {
    const leaseToken = randomUUID();
    const bounds = {
      lanesMax: 2,
      perLaneMax,
      rowsMax: 4,
      fullLanes: [],
      fullProfiles: [],
      probesMax: 2,
    };
    const lease = { nodeId: "n", leaseToken, leaseMs: 600_000, probeMs: 600_000 };
    for (const row of await claimDue(database.pool, bounds, lease)) {
      const model = this.#of(row.id);
      equal(model.state, "pending");
      equal(row.attemptCount, model.attempts);
      model.state = "leased";
      model.leaseToken = leaseToken;
      this.held.push(row);
    }
  }

  /** Of a node that may have lost its lease, or completes a second time. */
  async complete(which: number, next: NextStep): Promise<void> {
    const held = this.held[which % Math.max(1, this.held.length)];
    if (held === undefined) return;
    const written = await recordCompletions(database.pool, [completionOf(held, next)], {
      nodeId: "n",
      nowMs: 0,
    });
    const model = this.#of(held.id);
    const owns = model.leaseToken === held.leaseToken;
    deepEqual(written, owns ? [held.id] : []);
    if (!owns) return;
    model.state = next.state;
    model.leaseToken = undefined;
    model.attempts += 1;
  }

  async release(which: number): Promise<void> {
    const held = this.held[which % Math.max(1, this.held.length)];
    if (held === undefined) return;
    await releaseLeases(database.pool, [{ ...held, delayMs: 0 }]);
    const model = this.#of(held.id);
    if (model.leaseToken !== held.leaseToken) return;
    model.state = "pending";
    model.leaseToken = undefined;
  }

  /** All leases end, as if their nodes had died. */
  async sweep(): Promise<void> {
    await database.pool.query(
      "update delivery_queue set lease_until = now() - interval '1 s' where state = 'leased'",
    );
    await sweepExpiredLeases(database.pool, 1000);
    for (const model of this.models.values()) {
      if (model.state === "leased") model.state = "pending";
      model.leaseToken = undefined;
    }
  }

  async redeliver(include: "failed" | "all"): Promise<void> {
    const times = { since: new Date("2020-01-01"), until: new Date("2100-01-01") };
    await askRedelivery(database.pool, randomUUID(), {}, { include, ...times });
    while (await runRedelivery(database.pool, undefined));
    for (const model of this.models.values()) {
      const again = include === "all" ? ["delivered", "exhausted"] : ["exhausted"];
      if (again.includes(model.state)) model.state = "pending";
    }
  }

  /** The database agrees with the model, and no lane sleeps past its first row. */
  async check(): Promise<void> {
    const { rows } = await database.pool.query(
      `select d.delivery_id as id, d.profile_id, q.attempt_count, d.exhausted_at is not null as lost,
         coalesce(q.state, case when d.exhausted_at is null then 'delivered' else 'exhausted' end)
           as state,
         (select count(*)::int from delivery_attempt a where a.delivery_id = d.delivery_id) as made,
         (select coalesce(max(number), 0) from delivery_attempt a
          where a.delivery_id = d.delivery_id) as last
       from delivery d left join delivery_queue q using (profile_id, delivery_id)
       where d.profile_id between 46000 and 46999`,
    );
    const found = rows.map(({ id, ...row }) => [id, row] as const);
    const wanted = [...this.models].map(
      ([id, { profileId, state, attempts }]) =>
        [
          id,
          {
            profile_id: profileId,
            state,
            // A row of the queue stands for an open delivery, and for nothing else.
            attempt_count: state === "leased" || state === "pending" ? attempts : null,
            lost: state === "exhausted",
            made: attempts,
            last: attempts,
          },
        ] as const,
    );
    deepEqual(Object.fromEntries(found), Object.fromEntries(wanted));
    // Every statement wakes its lanes itself; healing is for what a crash left half done.
    const asleep = await database.pool.query(
      `select from delivery_queue q left join lane l using (profile_id, lane_id)
       where q.state = 'pending' and (l.lane_id is null
         or l.next_due_at > greatest(q.due_at, l.rests_until, now()))`,
    );
    deepEqual(asleep.rows, []);
  }

  #of(id: string): Model {
    const model = this.models.get(id);
    if (model === undefined) throw new Error(`nobody made ${id}`);
    return model;
  }
}

function completionOf(held: Held, next: NextStep) {
  return {
    held: { ...held, leaseEndsMs: 0 },
    report: { timings: { totalMs: 1 }, answerHeaders: {}, answer: Buffer.alloc(0) },
    verdict: next.state === "delivered" ? ("ok" as const) : ("app_error" as const),
    detail: "",
    weight: "alive" as const,
    next,
    startedMs: 0,
  };
}

const nextStep: fc.Arbitrary<NextStep> = fc.constantFrom(
  { state: "delivered" },
  { state: "exhausted" },
  { state: "pending", delayMs: 0 },
  { state: "pending", delayMs: 60_000 },
);

const step: fc.Arbitrary<(world: World) => Promise<void>> = fc.oneof(
  fc.tuple(fc.nat(2), fc.constantFrom("leased" as const, "pending" as const)).map(
    ([lane, born]) =>
      (world: World) =>
        world.enqueue(lane, born),
  ),
  fc.integer({ min: 1, max: 3 }).map((most) => (world: World) => world.claim(most)),
  fc.tuple(fc.nat(), nextStep).map(
    ([which, next]) =>
      (world: World) =>
        world.complete(which, next),
  ),
  fc.nat().map((which) => (world: World) => world.release(which)),
  fc.constant((world: World) => world.sweep()),
  fc
    .constantFrom("failed" as const, "all" as const)
    .map((include) => (world: World) => world.redeliver(include)),
);

test(
  "whatever nodes do in whatever order, a delivery is in one state and its attempts are counted",
  { timeout: 300_000 },
  async () => {
    const property = fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: 40, size: "max" }),
      async (steps) => {
        await database.pool.query(
          "truncate delivery, delivery_queue, delivery_attempt, lane, redelivery",
        );
        const world = new World();
        for (const next of steps) {
          await next(world);
          await world.check();
        }
      },
    );
    const checked = fc.assert(property, { numRuns: scaled(25, 1000) });
    await expect(checked).resolves.toBeUndefined();
  },
);

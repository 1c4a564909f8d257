import { type ClaimBounds, createDeliveryPool, createSchema, tryClaim } from "../engine.ts";
import { fillFinished, fillPending } from "../engine-fill.ts";
import { atLeast, atMost, type Bench, type BenchContext, type Findings } from "../harness.ts";
import { firstProfileId } from "../load.ts";
import type { NodeMethods } from "../node.ts";
import { createPayments } from "../payments.ts";
import type { BenchDatabase } from "../postgres.ts";
import type { Child } from "../processes.ts";
import { median, rounded, table } from "../stats.ts";

export const bench: Bench = {
  about: "the same work beside an ever longer history, and beside a dead merchant's backlog",
  run,
};

const lanes = 50;
const atOnce = 32;

const paymentsMax = 400_000;

/** Lanes with deliveries that are due, for the claim to choose from. */
const dueLanes = 100;
const duePerLane = 20;

/** Keeps the groups of merchants apart. */
const firstDueLane = 1000;
const firstDeadLane = 2000;

/** A claim of usual size, which is judged, and one as large as a node ever makes. */
const claims = {
  "claim of 64": {
    lanesMax: 32,
    perLaneMax: 2,
    rowsMax: 64,
    fullLanes: [],
    fullProfiles: [],
    probesMax: 128,
  },
  "claim of 1024": {
    lanesMax: 128,
    perLaneMax: 128,
    rowsMax: 1024,
    fullLanes: [],
    fullProfiles: [],
    probesMax: 128,
  },
} satisfies Record<string, ClaimBounds>;

type ClaimName = keyof typeof claims;
const claimNames = Object.keys(claims) as readonly ClaimName[];

interface Scene {
  readonly name: string;
  readonly finished: number;
  /** Due deliveries of one lane, which is awake while claims are timed, and rests afterwards. */
  readonly dead: number;
}

interface Scenery {
  readonly scene: Scene;
  readonly database: BenchDatabase;
  readonly claimMs: Readonly<Record<ClaimName, number[]>>;
  readonly perSecond: number[];
}

const named = (count: number): string => count.toLocaleString("en");

function scenes(short: boolean): readonly Scene[] {
  const unit = short ? 1000 : 1_000_000;
  return [
    { name: "empty", finished: 0, dead: 0 },
    { name: `${named(unit / 10)} finished`, finished: unit / 10, dead: 0 },
    { name: `${named(unit * 5)} finished`, finished: unit * 5, dead: 0 },
    { name: `${named(unit / 2)} of a dead lane`, finished: 0, dead: unit / 2 },
  ];
}

async function run(context: BenchContext): Promise<Findings> {
  const { short, say } = context;
  const receiver = context.startReceiver();
  const { origins } = await receiver.call("listen", { ports: 4 });
  const all: Scenery[] = [];
  for (const scene of scenes(short)) {
    const database = await build(context, scene, origins);
    all.push({
      scene,
      database,
      perSecond: [],
      claimMs: {
        "claim of 64": [],
        "claim of 1024": [],
      },
    });
    say(`  ${scene.name}: the tables are filled`);
  }
  await timeClaims(all, short ? 5 : 100);
  for (const scenery of all) await clearDue(scenery);
  await timePayments(context, all, origins);
  return findingsOf(all);
}

async function build(
  { postgres, atEnd }: BenchContext,
  { finished, dead }: Scene,
  origins: readonly string[],
): Promise<BenchDatabase> {
  const database = await postgres.createDatabase();
  atEnd(() => database.drop());
  await createSchema(database.url);
  if (finished > 0) await fillFinished(database.url, finished);
  if (dead > 0) {
    await fillPending(database.url, { count: dead, lanes: 1, origins, firstLane: firstDeadLane });
  }
  const due = { count: dueLanes * duePerLane, lanes: dueLanes, origins, firstLane: firstDueLane };
  await fillPending(database.url, due);
  await createPayments(database, paymentsMax);
  await database.settle();
  return database;
}

/** Claims in transactions that are rolled back, so that every one meets the same rows. */
async function timeClaims(all: readonly Scenery[], rounds: number): Promise<void> {
  const pools = all.map(({ database }) => createDeliveryPool(database.url));
  const clients = await Promise.all(pools.map((pool) => pool.connect()));
  for (let round = 0; round <= rounds; round += 1) {
    for (const name of claimNames) {
      for (const [index, { claimMs }] of all.entries()) {
        const client = clients[index];
        if (!client) continue;
        await client.query("begin");
        const startMs = performance.now();
        await tryClaim(client, claims[name]);
        const ms = performance.now() - startMs;
        await client.query("rollback");
        // Plans are made in the first round.
        if (round > 0) claimMs[name].push(ms);
      }
    }
  }
  for (const client of clients) client.release();
  await Promise.all(pools.map((pool) => pool.end()));
}

/** What the claims chose from goes, and the dead lane's breaker is open, as it would be by then. */
async function clearDue({ database }: Scenery): Promise<void> {
  const first = firstProfileId + firstDueLane;
  const range = [first, first + dueLanes];
  await database.query(
    "delete from delivery_queue where profile_id >= $1 and profile_id < $2",
    range,
  );
  await database.query("delete from lane where profile_id >= $1 and profile_id < $2", range);
  await database.query(`update lane set breaker = 'open', openings = 5,
    rests_until = now() + interval '1 day', next_due_at = now() + interval '1 day'`);
  await database.settle();
}

async function timePayments(
  context: BenchContext,
  all: readonly Scenery[],
  origins: readonly string[],
): Promise<void> {
  const nodes: Child<NodeMethods>[] = [];
  for (const { database } of all) {
    const node = context.start<NodeMethods>("node.ts", { profiled: true });
    await node.call("open", { url: database.url, role: "all", firstPayment: 0 });
    nodes.push(node);
  }
  const merchants = { lanes, origins, firstLane: 0 };
  const rounds = context.short ? 1 : 5;
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, { scene, perSecond }] of all.entries()) {
      const seconds = context.short ? 0.5 : 6;
      const rate = await nodes[index]?.call("payInTurn", { merchants, atOnce, seconds });
      // The first round warms up.
      if (round === 0 || rate === undefined) continue;
      perSecond.push(rate);
      context.say(`  round ${round}, ${scene.name}: ${rounded(rate)} payments/s`);
    }
  }
}

function findingsOf(all: readonly Scenery[]): Findings {
  const rateOfEmpty = median(all[0]?.perSecond ?? []);
  const results = all.map(({ scene, perSecond, claimMs }) => ({
    scene: scene.name,
    perSecond: rounded(median(perSecond)),
    ofEmpty: rounded(median(perSecond) / rateOfEmpty),
    claimMs: {
      "claim of 64": rounded(median(claimMs["claim of 64"])),
      "claim of 1024": rounded(median(claimMs["claim of 1024"])),
    },
  }));
  return {
    figures: { unit: "ms", atOnce, scenes: results },
    reach: results.flatMap(({ scene, ofEmpty, claimMs }) => [
      ...(scene === "empty" ? [] : [atLeast(`${scene}: payments, of empty`, ofEmpty, 0.9)]),
      atMost(`${scene}: claim of 64, ms`, claimMs["claim of 64"], 2),
    ]),
    text: table(
      ["beside", "payments/s", "of empty", "claim of 64, ms", "claim of 1024, ms"],
      results.map(({ scene, perSecond, ofEmpty, claimMs }) => [
        scene,
        perSecond,
        ofEmpty,
        claimMs["claim of 64"],
        claimMs["claim of 1024"],
      ]),
    ),
  };
}

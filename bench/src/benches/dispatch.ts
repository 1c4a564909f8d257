import { createSchema } from "../engine.ts";
import { atMost, type Bench, type BenchContext, type Findings } from "../harness.ts";
import { type Latencies, latenciesOf, spreadsOf, together } from "../latencies.ts";
import type { NodeMethods } from "../node.ts";
import type { NodeOptions, Sent, Traffic } from "../paying-node.ts";
import { createPayments, type Merchants } from "../payments.ts";
import type { BenchDatabase } from "../postgres.ts";
import type { Child } from "../processes.ts";
import type { ReceiverMethods } from "../receiver.ts";
import { percentile, rounded, type Spread, spreadOf, table } from "../stats.ts";

export const bench: Bench = {
  about: "from the outcome's commit to the callback's first byte at the merchant",
  run,
};

const lanes = 50;

/** Payments of one process: more than any run of this bench can need. */
const paymentsMax = 200_000;

const variants = ["bare POST", "in process", "separate worker"] as const;
type Variant = (typeof variants)[number];

interface Stage {
  readonly receiver: Child<ReceiverMethods>;
  readonly merchants: Merchants;
  readonly send: Readonly<Record<Variant, (traffic: Traffic) => Promise<Sent[]>>>;
  /** The node that commits and sends. */
  readonly node: Child<NodeMethods>;
}

interface Plan {
  readonly rates: readonly number[];
  readonly warmUpSeconds: number;
  readonly seconds: number;
  readonly rounds: number;
  /** Stretches of the comparison of commits, of each kind. */
  readonly stretches: number;
  readonly stretchSeconds: number;
}

const fullPlan: Plan = {
  rates: [200, 500, 1000],
  warmUpSeconds: 5,
  seconds: 10,
  rounds: 2,
  stretches: 10,
  stretchSeconds: 3,
};

const shortPlan: Plan = {
  rates: [100],
  warmUpSeconds: 0.5,
  seconds: 1,
  rounds: 1,
  stretches: 1,
  stretchSeconds: 1,
};

/** The rate at which the bounds hold. */
const judgedRate = 500;

async function run(context: BenchContext): Promise<Findings> {
  const plan = context.short ? shortPlan : fullPlan;
  const stage = await setUp(context);
  const latencies = new Map<string, Latencies>();
  for (const perSecond of plan.rates) {
    const traffic = { perSecond, seed: 99, healthy: stage.merchants };
    const rounds = new Map<Variant, Latencies[]>();
    for (let round = 0; round <= plan.rounds; round += 1) {
      const seconds = round === 0 ? plan.warmUpSeconds : plan.seconds;
      for (const variant of variants) {
        const found = await measure(stage, variant, { ...traffic, seconds, seed: round });
        if (round > 0) rounds.set(variant, [...(rounds.get(variant) ?? []), found]);
      }
    }
    for (const [variant, found] of rounds) {
      latencies.set(`${variant}, ${perSecond}/s`, together(found));
    }
    context.say(`  ${perSecond}/s is done`);
  }
  return findingsOf(plan, latencies, await compareCommits(stage, plan));
}

async function setUp(context: BenchContext): Promise<Stage> {
  const receiver = context.startReceiver();
  const { origins } = await receiver.call("listen", { ports: 4, arrivals: true });
  // Databases of their own: a worker would help a node that sends what it commits.
  const one = await openDatabase(context);
  const two = await openDatabase(context);
  const start = async (role: NodeOptions["role"], { url }: BenchDatabase) => {
    const child = context.start<NodeMethods>("node.ts", { profiled: true });
    await child.call("open", { url, role, firstPayment: 0 });
    return child;
  };
  const node = await start("all", one);
  const payer = await start("api", two);
  await start("worker", two);
  const poster = context.start<NodeMethods>("node.ts");
  return {
    receiver,
    merchants: { lanes, origins, firstLane: 0 },
    send: {
      "bare POST": (traffic) => poster.call("postBarely", traffic),
      "in process": (traffic) => node.call("pay", traffic),
      "separate worker": (traffic) => payer.call("pay", traffic),
    },
    node,
  };
}

async function openDatabase({ postgres, atEnd }: BenchContext): Promise<BenchDatabase> {
  const database = await postgres.createDatabase();
  atEnd(() => database.drop());
  await createSchema(database.url);
  await createPayments(database, paymentsMax);
  await database.settle();
  return database;
}

async function measure(stage: Stage, variant: Variant, traffic: Traffic): Promise<Latencies> {
  await stage.receiver.call("reset");
  const sent = await stage.send[variant](traffic);
  return latenciesOf(stage.receiver, sent);
}

interface Commits {
  /** From the planned time to the commit's return, in ms. */
  readonly plain: readonly number[];
  readonly withDelivery: readonly number[];
}

/** The same payments without and with a callback that is made meanwhile, in turns. */
async function compareCommits(stage: Stage, plan: Plan): Promise<Commits> {
  const plain: number[] = [];
  const withDelivery: number[] = [];
  const perSecond = plan.rates.includes(judgedRate) ? judgedRate : (plan.rates[0] ?? judgedRate);
  for (let seed = 1; seed <= plan.stretches; seed += 1) {
    const arrivals = { perSecond, seconds: plan.stretchSeconds, seed };
    plain.push(...(await stage.node.call("payPlainly", arrivals)));
    const traffic = { ...arrivals, healthy: stage.merchants };
    withDelivery.push(...(await measure(stage, "in process", traffic)).commit);
  }
  return { plain, withDelivery };
}

function findingsOf(
  plan: Plan,
  latencies: ReadonlyMap<string, Latencies>,
  { plain, withDelivery }: Commits,
): Findings {
  const spreads = [...latencies].map(([name, found]) => [name, spreadsOf(found)] as const);
  const p99 = (variant: Variant) =>
    percentile(latencies.get(`${variant}, ${judgedRate}/s`)?.fromCommit ?? [], 0.99);
  const raised = percentile(withDelivery, 0.99) - percentile(plain, 0.99);
  const rows = spreads.map(([name, { fromCommit, fromPlan }]) => [
    name,
    ...cellsOf(fromCommit),
    fromPlan.p50,
    fromPlan.p99,
  ]);
  const commits = { plain: spreadOf(plain), withDelivery: spreadOf(withDelivery) };
  const commitRows = Object.entries(commits).map(([name, spread]) => [name, ...cellsOf(spread)]);
  const columns = ["p50", "p99", "p99.9", "max"];
  return {
    figures: {
      unit: "ms",
      plan,
      latencies: Object.fromEntries(spreads),
      commits: { ...commits, p99Raised: rounded(raised) },
    },
    reach: [
      ...(plan.rates.includes(judgedRate)
        ? [
            atMost(`p99 in process at ${judgedRate}/s, ms`, p99("in process"), 3),
            atMost(`p99 with a separate worker at ${judgedRate}/s, ms`, p99("separate worker"), 10),
          ]
        : []),
      atMost("commit's p99 raised by, ms", raised, 1),
    ],
    text: [
      table(["commit to first byte, ms", ...columns, "plan p50", "plan p99"], rows),
      table(["plan to commit, ms", ...columns], commitRows),
    ].join("\n"),
  };
}

function cellsOf({ p50, p99, p999, max }: Spread): readonly number[] {
  return [p50, p99, p999, max];
}

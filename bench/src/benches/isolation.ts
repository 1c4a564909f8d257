import { createSchema } from "../engine.ts";
import { atMost, type Bench, type BenchContext, type Findings, type Reach } from "../harness.ts";
import { latenciesOf, spreadsOf, together } from "../latencies.ts";
import type { NodeMethods } from "../node.ts";
import { createPayments, type Merchants } from "../payments.ts";
import type { Child } from "../processes.ts";
import type { ReceiverMethods } from "../receiver.ts";
import { type Spread, table } from "../stats.ts";

export const bench: Bench = {
  about: "healthy merchants beside ten that hang, with one node and with three",
  run,
};

const perSecond = 300;
const healthyLanes = 50;
const deadLanes = 10;

/** What counts of a dead merchant's calls, in ms from the first one. */
const firstMinuteMs = 60_000;

interface Plan {
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly shares: readonly number[];
  readonly nodes: readonly number[];
}

const fullPlan: Plan = { seconds: 65, warmUpSeconds: 5, shares: [0, 0.1, 0.5], nodes: [1, 3] };
const shortPlan: Plan = { seconds: 1.5, warmUpSeconds: 0.5, shares: [0, 0.5], nodes: [1] };

interface Round {
  readonly nodes: number;
  readonly share: number;
  readonly healthy: Spread;
  /** Calls of the most called dead lane in its first minute. */
  readonly wasted: number;
}

async function run(context: BenchContext): Promise<Findings> {
  const plan = context.short ? shortPlan : fullPlan;
  const rounds: Round[] = [];
  for (const nodes of plan.nodes) {
    for (const share of plan.shares) {
      const round = await measure(context, plan, { nodes, share });
      rounds.push(round);
      context.say(`  ${label(round)}: p99 ${round.healthy.p99} ms, ${round.wasted} wasted calls`);
    }
  }
  return {
    figures: { unit: "ms", perSecond, plan, rounds },
    reach: rounds.filter(({ share }) => share > 0).flatMap(reachOf),
    text: table(
      ["healthy merchants, commit to first byte, ms", "p50", "p99", "p99.9", "max", "wasted calls"],
      rounds.map((round) => {
        const { p50, p99, p999, max } = round.healthy;
        return [label(round), p50, p99, p999, max, round.wasted];
      }),
    ),
  };
}

function label({ nodes, share }: Pick<Round, "nodes" | "share">): string {
  return `${nodes} ${nodes === 1 ? "node" : "nodes"}, ${share * 100} % to hanging merchants`;
}

function reachOf(round: Round): readonly Reach[] {
  return [
    atMost(`${label(round)}: healthy p99, ms`, round.healthy.p99, 10),
    atMost(`${label(round)}: wasted calls of a lane`, round.wasted, 20),
  ];
}

/** A fresh fleet and database each time: what a breaker has learnt must not help the next round. */
async function measure(
  context: BenchContext,
  { seconds, warmUpSeconds }: Plan,
  { nodes, share }: Pick<Round, "nodes" | "share">,
): Promise<Round> {
  const receiver = context.startReceiver();
  const { healthy, dead } = await listen(receiver);
  const database = await context.postgres.createDatabase();
  await createSchema(database.url);
  const paymentsMax = Math.ceil(perSecond * (seconds + warmUpSeconds) * 2);
  await createPayments(database, paymentsMax * nodes);
  await database.settle();
  const fleet = Array.from({ length: nodes }, () =>
    context.start<NodeMethods>("node.ts", { profiled: true }),
  );
  await Promise.all(
    fleet.map((node, index) =>
      node.call("open", { url: database.url, role: "all", firstPayment: index * paymentsMax }),
    ),
  );
  const pay = async (inSeconds: number, deadShare: number) => {
    const sent = await Promise.all(
      fleet.map((node, seed) =>
        node.call("pay", {
          perSecond: perSecond / nodes,
          seconds: inSeconds,
          seed,
          healthy,
          ...(deadShare > 0 && {
            dead: {
              merchants: dead,
              share: deadShare,
            },
          }),
        }),
      ),
    );
    return latenciesOf(receiver, sent.flat());
  };
  await pay(warmUpSeconds, 0);
  await receiver.call("reset");
  const latencies = together([await pay(seconds, share)]);
  const wasted = await wastedCalls(receiver);
  await Promise.all(fleet.map((node) => node.end()));
  await receiver.end();
  await database.drop();
  return { nodes, share, healthy: spreadsOf(latencies).fromCommit, wasted };
}

async function listen(
  receiver: Child<ReceiverMethods>,
): Promise<{ healthy: Merchants; dead: Merchants }> {
  const well = await receiver.call("listen", { ports: 4, arrivals: true });
  const hanging = await receiver.call("listen", { ports: deadLanes, hang: true });
  return {
    healthy: { lanes: healthyLanes, origins: well.origins, firstLane: 0 },
    dead: { lanes: deadLanes, origins: hanging.origins, firstLane: healthyLanes },
  };
}

async function wastedCalls(receiver: Child<ReceiverMethods>): Promise<number> {
  const hangs = await receiver.call("hangs");
  const inFirstMinute = [...hangs.values()].map(
    (times) => times.filter((time) => time - (times[0] ?? 0) < firstMinuteMs).length,
  );
  return Math.max(0, ...inFirstMinute);
}

import { setTimeout as wait } from "node:timers/promises";
import { askAgainAfterMs, isAway } from "./away.ts";
import { expire } from "./finish.ts";
import { inquire, inquireAway } from "./inquire.ts";
import { checkBill, isSettlement, recoverBill, recoverSettlement } from "./offline.ts";
import { claimDue, recordStillAway } from "./progress-store.ts";
import type { TransactionServices } from "./services.ts";
import type { Transaction, TransactionState } from "./transaction.ts";

/** How often a node looks for payments whose time has come, in ms. */
const lookEveryMs = 1000;

/** After a place got free, how long the next ones may join it, in ms: fewer questions to the database. */
const gatherMs = 20;

/** How long it may work on one before another node may, in ms; longer than any answer takes. */
const holdMs = 30_000;

/**
 * What is due, in queues of their own: a page that expires needs nobody, and must not wait for an
 * acquirer that is silent. Shoppers at another page are asked about however many they are, and must
 * not take the places of those whose answer is owed.
 */
const queues = [
  { states: ["open"], atOnceMax: 50 },
  { states: ["challenging"], atOnceMax: 50 },
  { states: ["authorising", "awaiting"], atOnceMax: 100 },
] as const satisfies readonly Queue[];

interface Queue {
  readonly states: readonly TransactionState[];
  /** How many a node works on at once. */
  readonly atOnceMax: number;
}

/**
 * The periodic job that leaves no payment unfinished: pages whose time is up expire, challenges
 * past their limit end, and what has no answer yet is inquired about, so also shoppers who paid at
 * another page and did not come back. Any number of nodes may run it.
 *
 * @returns a function that stops the job and resolves when the work in hand is done
 */
export function startDuePayments(services: TransactionServices): () => Promise<void> {
  const stopping = new AbortController();
  const running = queues.map((queue) => run(services, queue, stopping.signal));
  return async () => {
    stopping.abort();
    await Promise.all(running);
  };
}

/** Each place that gets free is taken by what is due next, however long the others still take. */
async function run(
  services: TransactionServices,
  { states, atOnceMax }: Queue,
  signal: AbortSignal,
): Promise<void> {
  const underWay = new Set<Promise<void>>();
  while (!signal.aborted) {
    const free = atOnceMax - underWay.size;
    const due = await claimDue(services.pool, states, { limit: free, holdMs }).catch(
      (error: unknown) => {
        services.log.error({ err: error }, "payments that are due could not be read");
        return [];
      },
    );
    for (const transaction of due) {
      const work = finishOrLog(services, transaction).finally(() => underWay.delete(work));
      underWay.add(work);
    }
    if (underWay.size === atOnceMax) await Promise.race(underWay).then(() => wait(gatherMs));
    else await wait(lookEveryMs, undefined, { signal }).catch(() => undefined);
  }
  await Promise.all(underWay);
}

function finishOrLog(services: TransactionServices, transaction: Transaction): Promise<void> {
  return finish(services, transaction).catch((error: unknown) => {
    services.log.error(
      { err: error, tranRef: transaction.facts.tranRef },
      "a due payment could not be finished; it is taken up again",
    );
  });
}

async function finish(services: TransactionServices, transaction: Transaction): Promise<void> {
  switch (transaction.state) {
    case "open":
      await expire(services, transaction);
      return;
    case "awaiting":
      await checkBill(services, transaction);
      return;
    case "challenging":
      if (isAway(transaction)) await inquireAway(services, transaction);
      else await inquire(services, transaction, { endChallenge: true });
      return;
    case "authorising":
      await recover(services, transaction);
      return;
    case "completed":
      return;
    default:
      return transaction.state satisfies never;
  }
}

/** The acquirer was asked, and nobody wrote down what it said. */
async function recover(services: TransactionServices, transaction: Transaction): Promise<void> {
  if (transaction.facts.tranType === "Payment Request") await recoverBill(services, transaction);
  else if (isSettlement(transaction)) await recoverSettlement(services, transaction);
  else await inquireOfOneBack(services, transaction);
}

/** Silence when the shopper came back says nothing of whether they were done; they may be away still. */
async function inquireOfOneBack(
  services: TransactionServices,
  transaction: Transaction,
): Promise<void> {
  const result = await inquire(services, transaction, { endChallenge: !isAway(transaction) });
  if (result.kind !== "open") return;
  await recordStillAway(services.pool, transaction.facts, askAgainAfterMs(transaction));
}

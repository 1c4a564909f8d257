import { setTimeout as wait } from "node:timers/promises";
import { expire } from "./finish.ts";
import { inquire } from "./inquire.ts";
import { checkBill, isSettlement, recoverBill, recoverSettlement } from "./offline.ts";
import { claimDue } from "./progress-store.ts";
import type { TransactionServices } from "./services.ts";
import type { Transaction } from "./transaction.ts";

/** How often a node looks for payments whose time has come, in ms. */
const lookEveryMs = 1000;

/** How many it takes at once. */
const takenMax = 50;

/** How long it may work on them before another node may, in ms. */
const holdMs = 30_000;

/**
 * The periodic job that leaves no payment unfinished: pages whose time is up expire, challenges
 * past their limit end, and authorisations without an answer are inquired about. Any number of
 * nodes may run it.
 *
 * @returns a function that stops the job and resolves when the work in hand is done
 */
export function startDuePayments(services: TransactionServices): () => Promise<void> {
  const stopping = new AbortController();
  const running = run(services, stopping.signal);
  return async () => {
    stopping.abort();
    await running;
  };
}

async function run(services: TransactionServices, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const taken = await finishDue(services).catch((error: unknown) => {
      services.log.error({ err: error }, "payments that are due could not be read");
      return 0;
    });
    if (taken < takenMax) await wait(lookEveryMs, undefined, { signal }).catch(() => undefined);
  }
}

/** One round; returns how many payments were taken. */
export async function finishDue(services: TransactionServices): Promise<number> {
  const due = await claimDue(services.pool, takenMax, holdMs);
  await Promise.all(
    due.map((transaction) =>
      finish(services, transaction).catch((error: unknown) => {
        services.log.error(
          { err: error, tranRef: transaction.facts.tranRef },
          "a due payment could not be finished; it is taken up again",
        );
      }),
    ),
  );
  return due.length;
}

async function finish(services: TransactionServices, transaction: Transaction): Promise<void> {
  switch (transaction.state) {
    case "open":
      await expire(services, transaction);
      return;
    case "awaiting":
      await checkBill(services, transaction);
      return;
    case "authorising":
    case "challenging":
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
  else await inquire(services, transaction, { endChallenge: true });
}

import { inTransaction } from "../database/in-transaction.ts";
import { newPageToken, newTrace } from "../ids.ts";
import type { TransactionServices } from "../transactions/services.ts";
import type { Transaction } from "../transactions/transaction.ts";
import { findByReference, insertTransaction } from "../transactions/transactions-store.ts";
import { linkPath } from "./addresses.ts";
import type { PaymentLink } from "./payment-link.ts";
import { notePayment, paymentOfForm, takeOnce } from "./payment-links-store.ts";
import { restoredTerms } from "./terms.ts";

/**
 * Makes a payment from a link. `once` comes from the form that was sent: the same form makes one
 * payment, however often it is sent.
 */
export async function beginLinkPayment(
  { pool, clock }: Pick<TransactionServices, "pool" | "clock">,
  link: PaymentLink,
  once: string,
): Promise<Transaction> {
  const made = await inTransaction(pool, async (client) => {
    if (!(await takeOnce(client, link, once))) {
      return { tranRef: await paymentOfForm(client, link, once) };
    }
    const terms = restoredTerms(link.terms, link.amount);
    const transaction = await insertTransaction(client, {
      ...terms,
      facts: { ...terms.facts, backPath: linkPath(link) },
      pageToken: newPageToken(link.profileId),
      trace: newTrace("PMNT", clock.now()),
      requestedBy: "shopper",
    });
    const { tranRef } = transaction.facts;
    await notePayment(client, link, { once, tranRef });
    return { tranRef, transaction };
  });
  if (made.transaction !== undefined) return made.transaction;
  return read(pool, link, made.tranRef ?? "");
}

/** The payment that a form has made already, if it has. */
export async function linkPaymentOf(
  { pool }: Pick<TransactionServices, "pool">,
  link: PaymentLink,
  once: string,
): Promise<Transaction | undefined> {
  const tranRef = await paymentOfForm(pool, link, once);
  return tranRef === undefined ? undefined : read(pool, link, tranRef);
}

async function read(
  pool: TransactionServices["pool"],
  { profileId, linkId }: PaymentLink,
  tranRef: string,
): Promise<Transaction> {
  const found = await findByReference(pool, profileId, tranRef, { asQuery: false });
  if (found === undefined) throw new Error(`a form of link ${linkId} made no payment`);
  return found;
}

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
  const { profileId } = link;
  const found = await findByReference(pool, profileId, made.tranRef ?? "", { asQuery: false });
  if (found === undefined) throw new Error(`a form of link ${link.linkId} made no payment`);
  return found;
}

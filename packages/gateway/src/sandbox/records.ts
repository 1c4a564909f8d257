import { deliveriesOf } from "../deliveries/history.ts";
import { followUpsOf } from "../transactions/follow-ups-store.ts";
import type { Transaction } from "../transactions/transaction.ts";
import { eventsOf } from "../transactions/progress-store.ts";
import { findByReference } from "../transactions/transactions-store.ts";
import { inboxOfUrl, isTranRef } from "./inbox.ts";
import { messagesAbout } from "./inbox-store.ts";
import type { SandboxServices } from "./services.ts";
import type { PaymentRecords } from "./timeline.ts";

/** Reads all that is known of a payment of the sandbox's profile; `undefined` when there is none. */
export async function readRecords(
  services: Pick<SandboxServices, "pool" | "profileId" | "publicUrl">,
  tranRef: string,
): Promise<PaymentRecords | undefined> {
  const { pool, profileId } = services;
  if (!isTranRef(tranRef)) return undefined;
  const transaction = await findByReference(pool, profileId, tranRef, { asQuery: false });
  if (transaction === undefined) return undefined;
  const [events, followUps, deliveries, messages] = await Promise.all([
    eventsOf(pool, { profileId, tranRef }),
    followUpsOf(pool, { profileId, tranRef }),
    deliveriesOf(pool, profileId, tranRef),
    messagesAbout(pool, profileId, inboxesOf(services.publicUrl(), transaction), tranRef),
  ]);
  return { transaction, events, followUps, deliveries, messages };
}

function inboxesOf(publicUrl: string, transaction: Transaction): string[] {
  return [transaction.callbackUrl, transaction.returnUrl]
    .map((url) => inboxOfUrl(publicUrl, url))
    .filter((inboxId) => inboxId !== undefined);
}

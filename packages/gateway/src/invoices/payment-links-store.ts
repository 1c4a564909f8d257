import { type Currency, moneyOf } from "@wasl/protocol";
import type { Pool, PoolClient } from "pg";
import type { Queryable } from "../database/in-transaction.ts";
import type { LinkKey, NewPaymentLink, PaymentLink } from "./payment-link.ts";

interface LinkRow {
  profile_id: number;
  link_id: number;
  token: string;
  title: string;
  currency: Currency;
  amount_minor: bigint;
  terms: PaymentLink["terms"];
  expires_at: Date | null;
  expired: boolean;
}

const columns = `profile_id, link_id, token, title, currency, amount_minor, terms, expires_at,
  coalesce(expires_at <= now(), false) as expired`;

function toLink(row: LinkRow): PaymentLink {
  return {
    profileId: row.profile_id,
    linkId: row.link_id,
    token: row.token,
    title: row.title,
    amount: moneyOf(row.amount_minor, row.currency),
    terms: row.terms,
    expiresAt: row.expires_at ?? undefined,
    expired: row.expired,
  };
}

/** A number for a new link; its payments' `cart_id` may be made of it. */
export async function nextLinkId(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ id: number }>({
    name: "next-link-id",
    text: "select nextval('payment_link_number')::integer as id",
  });
  const [row] = rows;
  if (row === undefined) throw new Error("no number for a payment link");
  return row.id;
}

/** @returns `undefined`, and nothing is written, when its expiry date has passed */
export async function insertLink(
  pool: Pool,
  created: NewPaymentLink,
): Promise<PaymentLink | undefined> {
  const { rows } = await pool.query<LinkRow>({
    name: "insert-payment-link",
    text: `insert into payment_link (profile_id, link_id, token, trace, title, currency,
        amount_minor, terms, expires_at)
      select $1, $2, $3, $4, $5, $6, $7, $8, $9
      where coalesce($9::timestamptz > now(), true)
      returning ${columns}`,
    values: [
      created.profileId,
      created.linkId,
      created.token,
      created.trace,
      created.title,
      created.amount.currency,
      created.amount.minor,
      created.terms,
      created.expiresAt,
    ],
  });
  return rows[0] && toLink(rows[0]);
}

export async function findLink(pool: Pool, key: LinkKey): Promise<PaymentLink | undefined> {
  const { rows } = await pool.query<LinkRow>({
    name: "find-payment-link",
    text: `select ${columns} from payment_link where profile_id = $1 and link_id = $2`,
    values: [key.profileId, key.linkId],
  });
  return rows[0] && toLink(rows[0]);
}

/**
 * Takes the number of a form for one payment. Whoever sends the same form again waits until that
 * payment is there.
 *
 * @returns whether this call took it
 */
export async function takeOnce(client: PoolClient, key: LinkKey, once: string): Promise<boolean> {
  const { rowCount } = await client.query({
    name: "take-link-form",
    text: `insert into payment_link_payment (profile_id, link_id, once) values ($1, $2, $3)
      on conflict do nothing`,
    values: [key.profileId, key.linkId, once],
  });
  return rowCount === 1;
}

/** Notes which payment a form made. */
export async function notePayment(
  client: PoolClient,
  key: LinkKey,
  { once, tranRef }: { readonly once: string; readonly tranRef: string },
): Promise<void> {
  await client.query({
    name: "note-link-payment",
    text: `update payment_link_payment set tran_ref = $4
      where profile_id = $1 and link_id = $2 and once = $3`,
    values: [key.profileId, key.linkId, once, tranRef],
  });
}

/** The payment that a form made. */
export async function paymentOfForm(
  connection: Queryable,
  key: LinkKey,
  once: string,
): Promise<string | undefined> {
  const { rows } = await connection.query<{ tran_ref: string | null }>({
    name: "payment-of-link-form",
    text: `select tran_ref from payment_link_payment
      where profile_id = $1 and link_id = $2 and once = $3`,
    values: [key.profileId, key.linkId, once],
  });
  return rows[0]?.tran_ref ?? undefined;
}

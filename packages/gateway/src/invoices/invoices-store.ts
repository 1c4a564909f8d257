import { type Currency, moneyOf } from "@wasl/protocol";
import type { Pool, PoolClient } from "pg";
import type { Actor } from "../transactions/transaction.ts";
import type { OutcomeCompanion } from "../transactions/outcome-store.ts";
import type { Invoice, InvoiceEventKind, InvoiceKey, InvoiceState, NewInvoice } from "./invoice.ts";

interface InvoiceRow {
  profile_id: number;
  invoice_id: number;
  token: string;
  currency: Currency;
  amount_minor: bigint;
  terms: Invoice["terms"];
  content: Invoice["content"];
  state: InvoiceState;
  activates_at: Date | null;
  due_at: Date | null;
  expires_at: Date | null;
  active: boolean;
  overdue: boolean;
  expired: boolean;
  payment_ref: string | null;
  paid_ref: string | null;
  created_at: Date;
}

const columns = `profile_id, invoice_id, token, currency, amount_minor, terms, content, state,
  activates_at, due_at, expires_at, payment_ref, paid_ref, created_at,
  coalesce(activates_at <= now(), true) as active, coalesce(due_at <= now(), false) as overdue,
  coalesce(expires_at <= now(), false) as expired`;

function toInvoice(row: InvoiceRow): Invoice {
  return {
    profileId: row.profile_id,
    invoiceId: row.invoice_id,
    token: row.token,
    amount: moneyOf(row.amount_minor, row.currency),
    terms: row.terms,
    content: row.content,
    state: row.state,
    activatesAt: row.activates_at ?? undefined,
    dueAt: row.due_at ?? undefined,
    expiresAt: row.expires_at ?? undefined,
    passed: { activation: row.active, due: row.overdue, expiry: row.expired },
    paymentRef: row.payment_ref ?? undefined,
    paidRef: row.paid_ref ?? undefined,
    createdAt: row.created_at,
  };
}

/**
 * Writes a new invoice and its first line of history in one statement.
 *
 * @returns `undefined`, and nothing is written, when its expiry date has passed
 */
export async function insertInvoice(pool: Pool, created: NewInvoice): Promise<Invoice | undefined> {
  const { rows } = await pool.query<InvoiceRow>({
    name: "insert-invoice",
    text: `with created as (
        insert into invoice (profile_id, invoice_id, token, trace, currency, amount_minor, terms,
          content, state, activates_at, due_at, expires_at)
        select $1, nextval('invoice_number'), $2, $3, $4, $5, $6, $7, 'open', $8, $9, $10
        where coalesce($10::timestamptz > now(), true)
        returning ${columns}),
      history as (
        insert into invoice_event (profile_id, invoice_id, kind, actor, detail)
        select profile_id, invoice_id, 'created', 'merchant', $11 from created)
      select ${columns} from created`,
    values: [
      created.profileId,
      created.token,
      created.trace,
      created.amount.currency,
      created.amount.minor,
      created.terms,
      created.content,
      created.activatesAt,
      created.dueAt,
      created.expiresAt,
      { trace: created.trace },
    ],
  });
  return rows[0] && toInvoice(rows[0]);
}

export async function findInvoice(pool: Pool, key: InvoiceKey): Promise<Invoice | undefined> {
  const { rows } = await pool.query<InvoiceRow>({
    name: "find-invoice",
    text: `select ${columns} from invoice where profile_id = $1 and invoice_id = $2`,
    values: [key.profileId, key.invoiceId],
  });
  return rows[0] && toInvoice(rows[0]);
}

/** The same for a transaction that is going to change it: nobody else does until its end. */
export async function lockInvoice(
  client: PoolClient,
  key: InvoiceKey,
): Promise<Invoice | undefined> {
  const { rows } = await client.query<InvoiceRow>({
    name: "lock-invoice",
    text: `select ${columns} from invoice where profile_id = $1 and invoice_id = $2 for update`,
    values: [key.profileId, key.invoiceId],
  });
  return rows[0] && toInvoice(rows[0]);
}

/** An UPDATE of one invoice with the line of history that belongs to it, in one statement. */
async function change(
  client: PoolClient,
  key: InvoiceKey,
  update: { readonly name: string; readonly set: string; readonly where: string },
  event: { readonly kind: InvoiceEventKind; readonly actor: Actor; readonly detail: object },
  values: readonly unknown[] = [],
): Promise<boolean> {
  const { rowCount } = await client.query({
    name: update.name,
    text: `with changed as (
        update invoice set ${update.set}
        where profile_id = $1 and invoice_id = $2 and ${update.where}
        returning profile_id, invoice_id),
      history as (
        insert into invoice_event (profile_id, invoice_id, kind, actor, detail)
        select profile_id, invoice_id, $3, $4, $5 from changed)
      select from changed`,
    values: [key.profileId, key.invoiceId, event.kind, event.actor, event.detail, ...values],
  });
  return rowCount === 1;
}

/** Lets a payment have the invoice until it has ended; `false` when another one has it. */
export function holdForPayment(
  client: PoolClient,
  key: InvoiceKey,
  payment: { readonly tranRef: string; readonly actor: Actor },
): Promise<boolean> {
  return change(
    client,
    key,
    {
      name: "hold-invoice",
      set: "payment_ref = $6",
      where: "state = 'open' and payment_ref is null",
    },
    { kind: "payment_begun", actor: payment.actor, detail: { tranRef: payment.tranRef } },
    [payment.tranRef],
  );
}

/**
 * Cancels an invoice that no payment has, or the one that is held, which it leaves in the same
 * statement; `false` when another payment has it, or when it is closed already.
 */
export async function closeAsCancelled(
  pool: Pool,
  key: InvoiceKey,
  heldRef: string | undefined,
): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: "cancel-invoice",
    text: `with changed as (
        update invoice set state = 'cancelled', closed_at = now(), payment_ref = null
        where profile_id = $1 and invoice_id = $2 and state = 'open'
          and payment_ref is not distinct from $3::text
        returning profile_id, invoice_id),
      history as (
        insert into invoice_event (profile_id, invoice_id, kind, actor, detail)
        select profile_id, invoice_id, kind, 'merchant', detail
        from changed, (values
          (1, 'held_payment_left', jsonb_build_object('tranRef', $3::text)),
          (2, 'cancelled', '{}'::jsonb))
          as event (place, kind, detail)
        where kind = 'cancelled' or $3::text is not null
        order by place)
      select from changed`,
    values: [key.profileId, key.invoiceId, heldRef],
  });
  return rowCount === 1;
}

/** Takes a locked invoice from a payment that is held, and stays so. */
export function leaveHeldPayment(
  client: PoolClient,
  key: InvoiceKey,
  tranRef: string,
): Promise<boolean> {
  return change(
    client,
    key,
    { name: "leave-held-payment", set: "payment_ref = null", where: "payment_ref = $6" },
    { kind: "held_payment_left", actor: "merchant", detail: { tranRef } },
    [tranRef],
  );
}

/**
 * What an outcome does to the invoice that its payment has: authorised, it is paid; failed, it is
 * free for the next try; held or pending, it stays with this payment, so that nobody pays twice.
 */
export const invoiceSettlement: OutcomeCompanion = {
  name: "invoice",
  ctes: `settled as (
        update invoice set
          state = case $4::jsonb ->> 'status' when 'A' then 'paid' else invoice.state end,
          paid_ref = case $4::jsonb ->> 'status' when 'A' then done.tran_ref end,
          closed_at = case $4::jsonb ->> 'status' when 'A' then now() end,
          payment_ref = case when $4::jsonb ->> 'status' in ('H', 'P') then done.tran_ref end
        from done
        -- A paid bill is a transaction of its own that follows the payment.
        where invoice.profile_id = done.profile_id
          and invoice.payment_ref in (done.tran_ref, done.previous_tran_ref)
        returning invoice.profile_id, invoice.invoice_id, invoice.state, done.tran_ref),
      settled_history as (
        insert into invoice_event (profile_id, invoice_id, kind, actor, detail)
        select profile_id, invoice_id, case state when 'paid' then 'paid' else 'payment_failed' end,
          'gateway', jsonb_build_object('tranRef', tran_ref, 'status', $4::jsonb ->> 'status')
        from settled
        where $4::jsonb ->> 'status' not in ('H', 'P'))`,
};

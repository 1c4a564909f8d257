import type { Pool } from "pg";
import type { CardFacts } from "../acquirers/acquirer.ts";
import type { SealedCard } from "../vault/envelope.ts";
import { keepCardCte, sealedParameter } from "../vault/vault-store.ts";
import { submissionDetail } from "./progress-store.ts";
import type { NewTransaction } from "./transaction.ts";
import {
  detailsOf,
  earlierCte,
  type InsertionOnce,
  newReference,
  toTransaction,
  transactionColumns,
  type TransactionRow,
  type UsedOnce,
} from "./transactions-store.ts";

export interface StartOfDirectPayment {
  readonly acquirer: string;
  readonly requestId: string;
  readonly card: CardFacts;
  /** When a recovery job may ask the acquirer, should no answer be written by then. */
  readonly recoverAfterMs: number;
  /** The card that is to get a token. */
  readonly keeps: SealedCard | undefined;
  /** How far back a payment may lie that this one must not repeat, in seconds; 0 looks for none. */
  readonly duplicateWindowS: number;
  /** What the payment uses up; `undefined`: nothing. */
  readonly uses: UsedOnce | undefined;
}

type Row = TransactionRow & { readonly repeats: string | null; readonly written: boolean };

/**
 * Writes a payment that the acquirer is being asked about, its card for the vault if it is to get a
 * token, what it uses up, and both lines of history, in one statement; nothing if it repeats an
 * earlier one, or uses what an earlier one used.
 */
export async function insertAuthorising(
  pool: Pool,
  created: NewTransaction,
  start: StartOfDirectPayment,
): Promise<InsertionOnce> {
  const { facts } = created;
  const { keeps, uses } = start;
  const { rows } = await pool.query<Row>({
    name: `insert-authorising${keeps ? "-keeping-card" : ""}${uses ? `-using-${uses.name}` : ""}`,
    text: `with ${earlierCte("$26")},
      ${uses === undefined ? "" : `${uses.cte(keeps ? "$28" : "$27")},`}
      created as (
        insert into transaction (profile_id, tran_ref, page_token, trace, tran_type, tran_class,
          cart_id, cart_description, currency, amount_minor, callback_url, return_url,
          return_using_get, language, details, live_warnings, options, service_id, ttl_minutes,
          state, due_at, expires_at, acquirer, acquirer_request, card, saves_card,
          charged_minor)
        select $1, ${newReference}, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,
          $16, $17, $18, 'authorising', now() + make_interval(secs => $19::float8 / 1000),
          now() + make_interval(mins => $18::integer), $20, $21, $22, $23, $24
        from ${uses === undefined ? "earlier" : "earlier cross join used"} where repeats is null
        returning *),
      history as (
        insert into transaction_event (profile_id, tran_ref, kind, actor, detail)
        select profile_id, tran_ref, kind, 'merchant', detail
        from created, (values
          (1, 'requested', jsonb_build_object('trace', $3::text)),
          (2, 'card_submitted', $25::jsonb))
          as event (place, kind, detail)
        order by place)
      ${keeps === undefined ? "" : `, ${keepCardCte("created", "$27")}`}
      select repeats, created.tran_ref is not null as written, ${transactionColumns}
      from earlier left join created on true`,
    values: [
      facts.profileId,
      created.pageToken,
      created.trace,
      facts.tranType,
      facts.tranClass,
      facts.cartId,
      facts.cartDescription,
      facts.amount.currency,
      facts.amount.minor,
      created.callbackUrl,
      created.returnUrl,
      created.returnUsingGet,
      created.language,
      detailsOf(facts),
      JSON.stringify(created.liveWarnings),
      created.options,
      facts.serviceId,
      created.ttlMinutes,
      start.recoverAfterMs,
      start.acquirer,
      start.requestId,
      start.card,
      keeps?.cardId,
      facts.charged?.minor,
      submissionDetail({ card: start.card, charged: facts.charged }),
      start.duplicateWindowS,
      ...[keeps && sealedParameter(keeps), uses?.value].filter((value) => value !== undefined),
    ],
  });
  const [row] = rows;
  if (row === undefined) throw new Error("the new payment was not returned");
  if (row.repeats !== null) return { kind: "repeated", tranRef: row.repeats };
  if (!row.written) return { kind: "used_before" };
  return { kind: "created", transaction: toTransaction(row) };
}

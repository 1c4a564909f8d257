import type { Pool } from "pg";
import type { CardFacts } from "../acquirers/acquirer.ts";
import type { Mandate } from "../acquirers/mandate.ts";
import type { ContactDetails } from "../responses/facts.ts";

/** A token that a payment made, and what may be known of its card without opening it. */
export interface CardToken {
  readonly token: string;
  /** `undefined`: the token was deleted and the card is gone. */
  readonly cardId: string | undefined;
  /** The payment that made it. */
  readonly tranRef: string;
  readonly mandate: Mandate | undefined;
  readonly card: CardFacts | undefined;
  readonly customer: ContactDetails;
}

interface TokenRow {
  token: string;
  card_id: string | null;
  tran_ref: string;
  mandate: Mandate | null;
  card: CardFacts | null;
  customer: ContactDetails;
}

export async function findToken(
  pool: Pool,
  profileId: number,
  token: string,
): Promise<CardToken | undefined> {
  const { rows } = await pool.query<TokenRow>({
    name: "find-token",
    text: `select token, card_id, tran_ref, mandate, card, details -> 'customer' as customer
      from card_token join transaction using (profile_id, tran_ref)
      where profile_id = $1 and token = $2`,
    values: [profileId, token],
  });
  const [row] = rows;
  return (
    row && {
      token: row.token,
      cardId: row.card_id ?? undefined,
      tranRef: row.tran_ref,
      mandate: row.mandate ?? undefined,
      card: row.card ?? undefined,
      customer: row.customer,
    }
  );
}

/**
 * Deletes the stored card and marks its token, with a line in the history of the payment that made
 * it; `false` when there was no such token, or not any more.
 */
export async function deleteToken(pool: Pool, profileId: number, token: string): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: "delete-token",
    text: `with found as (
        select profile_id, token, card_id from card_token
        where profile_id = $1 and token = $2 and card_id is not null for update),
      marked as (
        update card_token set card_id = null, deleted_at = now()
        from found
        where card_token.profile_id = found.profile_id and card_token.token = found.token
        returning card_token.profile_id, card_token.tran_ref),
      dropped as (
        delete from vault_card using found
        where vault_card.profile_id = found.profile_id and vault_card.card_id = found.card_id),
      history as (
        insert into transaction_event (profile_id, tran_ref, kind, actor)
        select profile_id, tran_ref, 'token_deleted', 'merchant' from marked)
      select from marked`,
    values: [profileId, token],
  });
  return rowCount === 1;
}

/** What becomes of the card that a payment keeps in the vault, once its outcome is known. */
export type KeptCardEnd =
  | { readonly kind: "tokenised"; readonly token: string; readonly mandate: Mandate | undefined }
  | { readonly kind: "dropped" };

/**
 * The data-modifying CTE that gives the kept card its token, or drops it, for the statement that
 * writes an outcome.
 *
 * @param source the CTE that wrote the outcome, with `profile_id`, `tran_ref` and `saves_card`
 * @param parameter the place of the value of {@link keptCardValues}, if there is one
 */
export function keptCardCte(end: KeptCardEnd, source: string, parameter: string): string {
  if (end.kind === "dropped") {
    return `dropped as (
        delete from vault_card using ${source}
        where vault_card.profile_id = ${source}.profile_id and card_id = ${source}.saves_card)`;
  }
  return `tokenised as (
        insert into card_token (profile_id, token, card_id, tran_ref, mandate)
        select profile_id, ${parameter}::jsonb ->> 'token', saves_card, tran_ref,
          ${parameter}::jsonb -> 'mandate'
        from ${source})`;
}

export function keptCardValues(end: KeptCardEnd | undefined): object[] {
  if (end?.kind !== "tokenised") return [];
  const { token, mandate } = end;
  return [{ token, ...(mandate === undefined ? {} : { mandate }) }];
}

/** Whether a statement failed because another token of the profile reads the same. */
export function isTakenToken(error: unknown): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    error.code === "23505" &&
    "constraint" in error &&
    error.constraint === "card_token_pkey"
  );
}

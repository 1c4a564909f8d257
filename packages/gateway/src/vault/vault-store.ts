import type { Pool } from "pg";
import type { CardOwner, SealedCard, WrappedKey } from "./envelope.ts";

/**
 * A data-modifying CTE that keeps a sealed card, to be embedded in the statement that starts a
 * payment. Nothing is written unless `source` has a row.
 *
 * @param source the name of the CTE that wrote the payment, with its `profile_id`
 * @param parameter the place of {@link sealedParameter}'s result, such as `$11`
 */
export function keepCardCte(source: string, parameter: string): string {
  return `kept as (
      insert into vault_card (profile_id, card_id, key_id, wrapped_key, sealed_card)
      select ${source}.profile_id, card_id, key_id, decode(wrapped_key, 'base64'),
        decode(sealed_card, 'base64')
      from ${source}, json_to_record(${parameter}::json)
        as sealed (card_id uuid, key_id text, wrapped_key text, sealed_card text))`;
}

export function sealedParameter(sealed: SealedCard): string {
  return JSON.stringify({
    card_id: sealed.cardId,
    key_id: sealed.keyId,
    wrapped_key: sealed.wrappedKey.toString("base64"),
    sealed_card: sealed.sealedCard.toString("base64"),
  });
}

interface CardRow {
  profile_id: number;
  card_id: string;
  key_id: string;
  wrapped_key: Buffer;
  sealed_card: Buffer;
}

export async function findSealedCard(
  pool: Pool,
  { profileId, cardId }: CardOwner,
): Promise<SealedCard | undefined> {
  const { rows } = await pool.query<CardRow>({
    name: "find-sealed-card",
    text: `select key_id, wrapped_key, sealed_card from vault_card
      where profile_id = $1 and card_id = $2`,
    values: [profileId, cardId],
  });
  const [row] = rows;
  return (
    row && {
      profileId,
      cardId,
      keyId: row.key_id,
      wrappedKey: row.wrapped_key,
      sealedCard: row.sealed_card,
    }
  );
}

/** The ids of the keys that wrap at least one card; one step of the index for each. */
export async function keysInUse(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ key_id: string }>({
    name: "vault-keys-in-use",
    text: `with recursive used as (
        (select key_id from vault_card order by key_id limit 1)
        union all
        select (select key_id from vault_card where key_id > used.key_id order by key_id limit 1)
        from used where used.key_id is not null)
      select key_id from used where key_id is not null`,
  });
  return rows.map(({ key_id: keyId }) => keyId);
}

/** How many cards each key wraps. Reads them all: for people who ask, not for every turn. */
export async function countCardsByKey(pool: Pool): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ key_id: string; cards: number }>({
    name: "vault-count-by-key",
    text: "select key_id, count(*)::integer as cards from vault_card group by key_id",
  });
  return new Map(rows.map((row) => [row.key_id, row.cards]));
}

/** The next cards, after this one, whose data keys this key wraps. */
export async function wrappedBy(
  pool: Pool,
  keyId: string,
  { after, limit }: { readonly after: CardOwner | undefined; readonly limit: number },
): Promise<(CardOwner & WrappedKey)[]> {
  const { rows } = await pool.query<CardRow>({
    name: "vault-wrapped-by",
    text: `select profile_id, card_id, key_id, wrapped_key from vault_card
      where key_id = $1 and (profile_id, card_id) > ($2, $3)
      order by profile_id, card_id limit $4`,
    values: [keyId, after?.profileId ?? 0, after?.cardId ?? noCard, limit],
  });
  return rows.map((row) => ({
    profileId: row.profile_id,
    cardId: row.card_id,
    keyId: row.key_id,
    wrappedKey: row.wrapped_key,
  }));
}

/** Comes before every card. */
const noCard = "00000000-0000-0000-0000-000000000000";

/** A data key wrapped anew, and what stood there before. */
export interface Rewrapped extends CardOwner {
  readonly before: WrappedKey;
  readonly after: WrappedKey;
}

/** Writes what was wrapped anew, except where somebody was faster or the card is gone. */
export async function writeRewrapped(pool: Pool, rewrapped: readonly Rewrapped[]): Promise<number> {
  const rows = rewrapped.map(({ profileId, cardId, before, after }) => ({
    profile_id: profileId,
    card_id: cardId,
    before_key: before.wrappedKey.toString("base64"),
    after_id: after.keyId,
    after_key: after.wrappedKey.toString("base64"),
  }));
  const { rowCount } = await pool.query({
    name: "vault-write-rewrapped",
    text: `update vault_card set key_id = after_id, wrapped_key = decode(after_key, 'base64')
      from json_to_recordset($1::json) as new (profile_id integer, card_id uuid,
        before_key text, after_id text, after_key text)
      where vault_card.profile_id = new.profile_id and vault_card.card_id = new.card_id
        and wrapped_key = decode(before_key, 'base64')`,
    values: [JSON.stringify(rows)],
  });
  return rowCount ?? 0;
}

/** What the fleet knows of a node's keys. */
export interface NodeKeys {
  readonly nodeId: string;
  readonly keyIds: readonly string[];
  readonly sealsWith: string;
}

/** Says which keys this node has, and forgets nodes that have been silent for long. */
export async function announceKeys(
  pool: Pool,
  { nodeId, keyIds, sealsWith }: NodeKeys,
  silentMsMax: number,
): Promise<void> {
  await pool.query({
    name: "vault-announce-keys",
    text: `with gone as (
        delete from vault_node
        where node_id <> $1 and seen_at < now() - make_interval(secs => $4::float8 / 1000))
      insert into vault_node (node_id, key_ids, seals_with) values ($1, $2, $3)
      on conflict (node_id) do update
        set key_ids = excluded.key_ids, seals_with = excluded.seals_with, seen_at = now()`,
    values: [nodeId, keyIds, sealsWith, silentMsMax],
  });
}

export async function forgetKeys(pool: Pool, nodeId: string): Promise<void> {
  await pool.query({
    name: "vault-forget-keys",
    text: "delete from vault_node where node_id = $1",
    values: [nodeId],
  });
}

/** The keys of every node that has been heard of lately. */
export async function liveNodes(pool: Pool, silentMsMax: number): Promise<NodeKeys[]> {
  const { rows } = await pool.query<{ node_id: string; key_ids: string[]; seals_with: string }>({
    name: "vault-live-nodes",
    text: `select node_id, key_ids, seals_with from vault_node
      where seen_at >= now() - make_interval(secs => $1::float8 / 1000)`,
    values: [silentMsMax],
  });
  return rows.map((row) => ({
    nodeId: row.node_id,
    keyIds: row.key_ids,
    sealsWith: row.seals_with,
  }));
}

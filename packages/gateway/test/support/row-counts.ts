import type { Pool } from "pg";

/** How many rows each table has. */
export type RowCounts = Readonly<Record<string, number>>;

/**
 * What is written whether or not a request is accepted: the record of API calls, the count of
 * requests, and what nodes do by the clock.
 */
const ownAffair = /^(?:api_call|request_quota|periodic_job|vault_node)/;

/** Counts the rows of every table, but for those that are kept about calls and nodes. */
export async function countRows(pool: Pool): Promise<RowCounts> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition`,
  );
  const counted = tables.map(({ name }) => name).filter((name) => !ownAffair.test(name));
  const each = counted.map(
    (name) => `select '${name}' as name, count(*)::integer as n from ${name}`,
  );
  const { rows } = await pool.query<{ name: string; n: number }>(each.join(" union all "));
  return Object.fromEntries(rows.map(({ name, n }) => [name, n]));
}

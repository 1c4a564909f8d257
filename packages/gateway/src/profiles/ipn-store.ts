import type { Pool } from "pg";
import {
  type IpnConfiguration,
  ipnConfigurationsMax,
  type KeptIpnConfiguration,
} from "./ipn-configuration.ts";

interface IpnRow {
  ipn_id: string;
  name: string;
  url: string;
  tran_types: IpnConfiguration["tranTypes"];
  statuses: IpnConfiguration["statuses"];
  format: IpnConfiguration["format"];
  user_agent: string | null;
  headers: Record<string, string>;
  enabled: boolean;
  created_at: Date;
  changed_at: Date;
}

const columns = `ipn_id, name, url, tran_types, statuses, format, user_agent, headers, enabled,
  created_at, changed_at`;

/** A row as `json_agg` writes it too; its times are text then. */
export const toIpnConfiguration = (row: Omit<IpnRow, "created_at" | "changed_at">) => ({
  ipnId: row.ipn_id,
  name: row.name,
  url: row.url,
  tranTypes: row.tran_types,
  statuses: row.statuses,
  format: row.format,
  userAgent: row.user_agent,
  headers: row.headers,
  enabled: row.enabled,
});

const toKept = (row: IpnRow): KeptIpnConfiguration => ({
  ...toIpnConfiguration(row),
  createdAt: row.created_at,
  changedAt: row.changed_at,
});

/** All configurations of the profile, the oldest first. */
export async function listIpnConfigurations(
  pool: Pool,
  profileId: number,
): Promise<readonly KeptIpnConfiguration[]> {
  const { rows } = await pool.query<IpnRow>(
    `select ${columns} from ipn_configuration where profile_id = $1 order by created_at, ipn_id`,
    [profileId],
  );
  return rows.map(toKept);
}

export async function findIpnConfiguration(
  pool: Pool,
  profileId: number,
  ipnId: string,
): Promise<KeptIpnConfiguration | undefined> {
  const { rows } = await pool.query<IpnRow>(
    `select ${columns} from ipn_configuration where profile_id = $1 and ipn_id = $2`,
    [profileId, ipnId],
  );
  return rows[0] && toKept(rows[0]);
}

/**
 * Adds a configuration.
 *
 * @returns `undefined` when there is no such profile; `full` when it has as many as it may
 */
export async function insertIpnConfiguration(
  pool: Pool,
  profileId: number,
  configuration: IpnConfiguration,
): Promise<KeptIpnConfiguration | "full" | undefined> {
  const client = await pool.connect();
  try {
    await client.query("begin");
    // One at a time for each profile, so that the count below is that of the moment.
    const { rowCount } = await client.query(
      "select from profile where profile_id = $1 for no key update",
      [profileId],
    );
    const { rows } = await client.query<IpnRow>(
      `insert into ipn_configuration (profile_id, ipn_id, name, url, tran_types, statuses, format,
         user_agent, headers, enabled)
       select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
       where exists (select from profile where profile_id = $1)
         and (select count(*) from ipn_configuration where profile_id = $1) < $11
       returning ${columns}`,
      [profileId, ...valuesOf(configuration), ipnConfigurationsMax],
    );
    await client.query("commit");
    if (rowCount === 0) return undefined;
    return rows[0] === undefined ? "full" : toKept(rows[0]);
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

/** Gives a configuration new contents; `undefined` when there is none. */
export async function replaceIpnConfiguration(
  pool: Pool,
  profileId: number,
  configuration: IpnConfiguration,
): Promise<KeptIpnConfiguration | undefined> {
  const { rows } = await pool.query<IpnRow>(
    `update ipn_configuration set name = $3, url = $4, tran_types = $5, statuses = $6, format = $7,
       user_agent = $8, headers = $9, enabled = $10, changed_at = now()
     where profile_id = $1 and ipn_id = $2 returning ${columns}`,
    [profileId, ...valuesOf(configuration)],
  );
  return rows[0] && toKept(rows[0]);
}

/** @returns whether there was one */
export async function deleteIpnConfiguration(
  pool: Pool,
  profileId: number,
  ipnId: string,
): Promise<boolean> {
  const { rowCount } = await pool.query(
    "delete from ipn_configuration where profile_id = $1 and ipn_id = $2",
    [profileId, ipnId],
  );
  return rowCount === 1;
}

const valuesOf = (configuration: IpnConfiguration): readonly unknown[] => [
  configuration.ipnId,
  configuration.name,
  configuration.url,
  configuration.tranTypes,
  configuration.statuses,
  configuration.format,
  configuration.userAgent,
  JSON.stringify(configuration.headers),
  configuration.enabled,
];

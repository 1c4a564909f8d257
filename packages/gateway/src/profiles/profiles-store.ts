import type { Currency } from "@wasl/protocol";
import type { Pool } from "pg";
import type { PageTheme, Profile } from "./profile.ts";

interface ProfileRow {
  profile_id: number;
  merchant_id: number;
  name: string;
  mode: "test" | "live";
  currencies: Currency[];
  server_key: string;
  client_key: string;
  retry_delays_s: number[] | null;
  payment_methods: string[] | null;
  themes: PageTheme[] | null;
}

const columns = `profile_id, merchant_id, name, mode, currencies, server_key, client_key,
  retry_delays_s`;

const toProfile = (row: ProfileRow): Profile => ({
  profileId: row.profile_id,
  merchantId: row.merchant_id,
  name: row.name,
  mode: row.mode,
  currencies: row.currencies,
  serverKey: row.server_key,
  clientKey: row.client_key,
  ...(row.retry_delays_s && {
    retryDelaysMs: row.retry_delays_s.map((seconds) => seconds * 1000),
  }),
  ...(row.payment_methods && { paymentMethods: row.payment_methods }),
  ...(row.themes && { themes: row.themes }),
});

/** The themes come with their profile, so that a page needs no statement of its own for them. */
const themes = `(select json_agg(json_strip_nulls(json_build_object(
    'configId', config_id, 'accent', accent, 'monogram', monogram)))
  from page_theme theme where theme.profile_id = profile.profile_id)`;

export async function findProfile(pool: Pool, profileId: number): Promise<Profile | undefined> {
  const { rows } = await pool.query<ProfileRow>({
    name: "find-profile",
    text: `select ${columns}, payment_methods, ${themes} as themes from profile
      where profile_id = $1`,
    values: [profileId],
  });
  return rows[0] && toProfile(rows[0]);
}

/** Which profile a browser's client key names; the key opens nothing by itself. */
export async function findProfileOfClientKey(
  pool: Pool,
  clientKey: string,
): Promise<number | undefined> {
  const { rows } = await pool.query<{ profile_id: number }>({
    name: "find-profile-of-client-key",
    text: "select profile_id from profile where client_key = $1",
    values: [clientKey],
  });
  return rows[0]?.profile_id;
}

/** Adds the profile unless it is there already; the one that is there wins, keys included. */
export async function ensureProfile(pool: Pool, profile: Profile): Promise<Profile> {
  await pool.query(
    `insert into profile (${columns}) values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (profile_id) do nothing`,
    [
      profile.profileId,
      profile.merchantId,
      profile.name,
      profile.mode,
      profile.currencies,
      profile.serverKey,
      profile.clientKey,
      profile.retryDelaysMs?.map((ms) => ms / 1000),
    ],
  );
  const kept = await findProfile(pool, profile.profileId);
  if (kept === undefined) throw new Error(`profile ${profile.profileId} was not kept`);
  return kept;
}

import { createHash } from "node:crypto";
import type { Currency } from "@wasl/protocol";
import type { Pool } from "pg";
import type { ClientHabits } from "./client-habits.ts";
import { toIpnConfiguration } from "./ipn-store.ts";
import type { MailSettings } from "./mail-settings.ts";
import type { PageTheme, Profile, RequestLimits } from "./profile.ts";

interface ProfileRow {
  profile_id: number;
  merchant_id: number;
  name: string;
  mode: "test" | "live";
  currencies: Currency[];
  server_key: string;
  client_key: string;
  recurring: boolean;
  retry_delays_s: number[] | null;
  payment_methods: string[] | null;
  themes: PageTheme[] | null;
  mail: MailSettings | null;
  client_habits: ClientHabits | null;
  ipns: Parameters<typeof toIpnConfiguration>[0][] | null;
  duplicate_window_s: number;
  requests_per_minute: number | null;
}

const columns = `profile_id, merchant_id, name, mode, currencies, server_key, client_key,
  retry_delays_s, duplicate_window_s, requests_per_minute, recurring`;

const toProfile = (row: ProfileRow): Profile => ({
  profileId: row.profile_id,
  merchantId: row.merchant_id,
  name: row.name,
  mode: row.mode,
  currencies: row.currencies,
  serverKey: row.server_key,
  clientKey: row.client_key,
  recurring: row.recurring,
  ...(row.retry_delays_s && {
    retryDelaysMs: row.retry_delays_s.map((seconds) => seconds * 1000),
  }),
  ...(row.payment_methods && { paymentMethods: row.payment_methods }),
  ...(row.themes && { themes: row.themes }),
  ...(row.ipns && { ipns: row.ipns.map(toIpnConfiguration) }),
  ...(row.mail && { mail: row.mail }),
  ...(row.client_habits && { habits: row.client_habits }),
  duplicateWindowS: row.duplicate_window_s,
  ...(row.requests_per_minute !== null && { requestsPerMinute: row.requests_per_minute }),
});

/**
 * What belongs to a profile comes with it and not by statements of its own, so that a payment or a
 * page costs no further one.
 */
const themes = `(select json_agg(json_strip_nulls(json_build_object(
    'configId', config_id, 'accent', accent, 'monogram', monogram)))
  from page_theme theme where theme.profile_id = profile.profile_id) as themes`;

const enabledIpns = `(select json_agg(i order by i.created_at, i.ipn_id) from ipn_configuration i
   where i.profile_id = profile.profile_id and i.enabled) as ipns`;

export async function findProfile(pool: Pool, profileId: number): Promise<Profile | undefined> {
  const { rows } = await pool.query<ProfileRow>({
    name: "find-profile",
    text: `select ${columns}, payment_methods, mail, client_habits, ${themes}, ${enabledIpns} from profile
      where profile_id = $1`,
    values: [profileId],
  });
  return rows[0] && toProfile(rows[0]);
}

/**
 * The profile whose server key this is. Its hash is looked up in an index, so that the time it takes
 * tells nothing of any key.
 */
export async function findProfileByServerKey(
  pool: Pool,
  serverKey: string,
): Promise<Profile | undefined> {
  const { rows } = await pool.query<ProfileRow>({
    name: "find-profile-by-server-key",
    text: `select ${columns}, client_habits from profile where sha256(server_key::bytea) = $1`,
    values: [createHash("sha256").update(serverKey).digest()],
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
    `insert into profile (${columns}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
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
      profile.duplicateWindowS,
      profile.requestsPerMinute,
      profile.recurring,
    ],
  );
  const kept = await findProfile(pool, profile.profileId);
  if (kept === undefined) throw new Error(`profile ${profile.profileId} was not kept`);
  return kept;
}

/** Says who gets e-mails about the profile's transactions. */
export async function setMailSettings(
  pool: Pool,
  profileId: number,
  settings: MailSettings,
): Promise<void> {
  await pool.query("update profile set mail = $2 where profile_id = $1", [profileId, settings]);
}

/** Says what the profile's own clients expect; nodes take it up within `profileAgeMsMax`. */
export async function setClientHabits(
  pool: Pool,
  profileId: number,
  habits: ClientHabits,
): Promise<void> {
  await pool.query("update profile set client_habits = $2 where profile_id = $1", [
    profileId,
    habits,
  ]);
}

/** @returns whether there is such a profile; nodes take it up within `profileAgeMsMax` */
export async function writeRequestLimits(
  pool: Pool,
  profileId: number,
  { duplicateWindowS, requestsPerMinute }: RequestLimits,
): Promise<boolean> {
  const { rowCount } = await pool.query(
    `update profile set duplicate_window_s = $2, requests_per_minute = $3 where profile_id = $1`,
    [profileId, duplicateWindowS, requestsPerMinute],
  );
  return rowCount === 1;
}

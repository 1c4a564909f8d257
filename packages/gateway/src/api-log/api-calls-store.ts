import type { Pool } from "pg";
import type { ErrorName } from "../errors.ts";
import type { ApiCall, KeyKind } from "./api-call.ts";
import type { KeyOwner } from "./key-hints.ts";

type Database = Pick<Pool, "query">;

/** In the column, where there is no profile. */
const noProfile = 0;

/**
 * Writes calls, at once and without waiting for the disk: a crash of the database may cost the last
 * moments of the log. A call that is there already stays as it is.
 */
export async function insertCalls(database: Database, calls: readonly ApiCall[]): Promise<void> {
  await database.query({
    name: "insert-api-calls",
    text: `insert into api_call (profile_id, call_id, at, authenticated, method, path, headers,
        key_kind, request_body, request_bytes, status, reply_body, duration_ms, trace, refused,
        code, error, hint, tran_ref, cart_id, remote_address)
      select coalesce("profileId", ${noProfile}), "callId", at, authenticated, method, path, headers,
        "keyKind", "requestBody", "requestBytes", status, "replyBody", "durationMs", trace, refused,
        code, error, hint, "tranRef", "cartId", "remoteAddress"
      from json_to_recordset($1::json) as c ("profileId" integer, "callId" uuid, at timestamptz,
        authenticated boolean, method text, path text, headers json, "keyKind" text,
        "requestBody" text, "requestBytes" integer, status smallint, "replyBody" text,
        "durationMs" real, trace text, refused boolean, code integer, error text, hint text,
        "tranRef" text, "cartId" text, "remoteAddress" text)
      cross join (select set_config('synchronous_commit', 'off', true) offset 0) hurried
      on conflict do nothing`,
    values: [JSON.stringify(calls)],
  });
}

/** The profiles with these ids or any of these keys, of either kind. */
export async function findKeyOwners(
  database: Database,
  profileIds: readonly number[],
  keys: readonly string[],
): Promise<KeyOwner[]> {
  const { rows } = await database.query<{
    profile_id: number;
    server_key: string;
    client_key: string;
  }>({
    name: "find-key-owners",
    text: `select profile_id, server_key, client_key from profile
      where profile_id = any ($1::integer[]) or server_key = any ($2::text[])
        or client_key = any ($2::text[])`,
    values: [profileIds, keys],
  });
  return rows.map((row) => ({
    profileId: row.profile_id,
    serverKey: row.server_key,
    clientKey: row.client_key,
  }));
}

interface CallRow {
  profile_id: number;
  call_id: string;
  at: Date;
  authenticated: boolean;
  method: string;
  path: string;
  headers: Record<string, string>;
  key_kind: KeyKind;
  request_body: string;
  request_bytes: number | null;
  status: number;
  reply_body: string;
  duration_ms: number;
  trace: string | null;
  refused: boolean;
  code: number | null;
  error: ErrorName | null;
  hint: string | null;
  tran_ref: string | null;
  cart_id: string | null;
  remote_address: string;
}

function toCall(row: CallRow): ApiCall {
  return {
    callId: row.call_id,
    at: row.at,
    profileId: row.profile_id === noProfile ? undefined : row.profile_id,
    authenticated: row.authenticated,
    method: row.method,
    path: row.path,
    headers: row.headers,
    keyKind: row.key_kind,
    requestBody: row.request_body,
    requestBytes: row.request_bytes ?? undefined,
    status: row.status,
    replyBody: row.reply_body,
    durationMs: row.duration_ms,
    trace: row.trace ?? undefined,
    refused: row.refused,
    code: row.code ?? undefined,
    error: row.error ?? undefined,
    hint: row.hint ?? undefined,
    tranRef: row.tran_ref ?? undefined,
    cartId: row.cart_id ?? undefined,
    remoteAddress: row.remote_address,
  };
}

/** Which calls are wanted. References are looked for as they are and as the log masks them. */
export interface CallFilter {
  readonly profileId?: number;
  readonly trace?: string;
  readonly tranRefs?: readonly string[];
  readonly cartIds?: readonly string[];
  readonly refused?: boolean;
  /** The last call of the page before. */
  readonly before?: string;
  readonly limit: number;
}

/** Calls of one profile or of all, newest first. */
export async function listCalls(database: Database, filter: CallFilter): Promise<ApiCall[]> {
  const values: unknown[] = [];
  const holds = (condition: (value: string) => string, value: unknown): string[] =>
    value === undefined ? [] : [condition(`$${values.push(value)}`)];
  const conditions = [
    ...holds((value) => `profile_id = ${value}::integer`, filter.profileId),
    ...holds((value) => `trace = ${value}`, filter.trace),
    ...holds((value) => `tran_ref = any (${value}::text[])`, filter.tranRefs),
    ...holds((value) => `cart_id = any (${value}::text[])`, filter.cartIds),
    ...holds((value) => `call_id < ${value}::uuid`, filter.before),
    ...(filter.refused === undefined ? [] : [filter.refused ? "refused" : "not refused"]),
  ];
  const where = conditions.length === 0 ? "" : `where ${conditions.join(" and ")}`;
  const { rows } = await database.query<CallRow>(
    `select * from api_call ${where} order by call_id desc limit $${values.push(filter.limit)}`,
    values,
  );
  return rows.map(toCall);
}

/** One call by its id; `undefined` when there is none, or no longer. */
export async function findCall(database: Database, callId: string): Promise<ApiCall | undefined> {
  const { rows } = await database.query<CallRow>(
    "select * from api_call where call_id = $1::uuid",
    [callId],
  );
  return rows[0] && toCall(rows[0]);
}

/**
 * What concerns a sandbox with one profile, newest first: calls that name it, and refused ones that
 * name no profile there is, as a newcomer's first ones do.
 */
export async function listCallsOfSandbox(
  database: Database,
  filter: {
    readonly profileId: number;
    readonly trace: string | undefined;
    readonly before: string | undefined;
    readonly limit: number;
  },
): Promise<ApiCall[]> {
  const { profileId, trace, before, limit } = filter;
  const { rows } = await database.query<CallRow>(
    `select * from (
       (select * from api_call
        where profile_id = $1 and ($2::uuid is null or call_id < $2::uuid)
          and ($4::text is null or trace = $4)
        order by call_id desc limit $3)
       union all
       (select * from api_call c
        where refused and not authenticated and ($2::uuid is null or call_id < $2::uuid)
          and ($4::text is null or trace = $4)
          and not exists (select from profile p where p.profile_id = c.profile_id)
        order by call_id desc limit $3)) calls
     order by call_id desc limit $3`,
    [profileId, before, limit, trace],
  );
  return rows.map(toCall);
}

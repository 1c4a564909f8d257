import { DatabaseError, type Pool, type PoolClient } from "pg";
import { uuidv7 } from "../ids.ts";
import { laneIdOf } from "./enqueue.ts";
import type { Note } from "./completion-store.ts";
import { channel } from "./lanes-store.ts";
import { type Database, wakeLanes } from "./queue-store.ts";

/** What is to be sent again. Everything named must fit. */
export interface RedeliverySelection {
  /** `failed`: what was given up. `all`: what has arrived too. */
  readonly include: "failed" | "all";
  readonly profileId?: number;
  readonly deliveryId?: string;
  readonly subject?: string;
  /** `45001 https://shop.example:443` */
  readonly lane?: string;
  /** By the time the delivery was made. */
  readonly since: Date;
  /** Now, by the database's clock, unless it is set. */
  readonly until?: Date;
}

/** A job that sends again; it survives every crash, since its row says how far it is. */
export interface Redelivery {
  readonly id: string;
  /** What was found when it was asked for; at most {@link matchedMax} are counted. */
  readonly matched: number;
  /** How many are back in the queue by now. */
  readonly requeued: number;
  /** Deliveries made later are not meant. */
  readonly until: Date;
  readonly createdAt: Date;
  readonly finishedAt: Date | undefined;
  /** Its last batches failed, without one between that did not. */
  readonly failing: Failing | undefined;
}

/** Why a job does not go on; it is still tried, at least every five minutes. */
export interface Failing {
  /** In a row. */
  readonly failures: number;
  /** Of the last one; `undefined`: the database gave no answer. */
  readonly sqlState: string | undefined;
}

/** Counting ends here: a job may be larger, and says so. */
export const matchedMax = 100_000;

/** Deliveries that one request makes due at most; those that are due soonest are first. */
export const hurriedMax = 10_000;

/** What fits and was still being tried when it was asked for. */
interface StillOpen {
  readonly stillOpen: number;
  /** Of these, the ones whose next attempt was to be later, and is made now. */
  readonly hurried: number;
}

/** How many deliveries one transaction of a job takes. */
const batchRowsMax = 500;

/** How many it looks at for them, so that what is rare in a long history is found in pieces. */
const scannedRowsMax = 5000;

/**
 * Creates a job, once for each idempotency key.
 *
 * @param request what was asked, to recognise a repetition
 * @returns `conflict`: the key was used for something else
 */
export async function askRedelivery(
  pool: Pool,
  idempotencyKey: string,
  request: object,
  selection: RedeliverySelection,
  hurriedNote?: Note,
): Promise<
  | ({ readonly kind: "created"; readonly redelivery: Redelivery } & StillOpen)
  | { readonly kind: "known"; readonly redelivery: Redelivery }
  | { readonly kind: "conflict" }
> {
  const asked = JSON.stringify(request);
  const known = await findByKey(pool, idempotencyKey, asked);
  if (known) return known;
  const id = uuidv7();
  // As text, since a Date has no microseconds.
  const { rows: now } = await pool.query<{ asked: string }>("select now()::text as asked");
  // Before the job is written: whoever repeats what was interrupted gets this done as well.
  const stillOpen = await endRests(pool, selection);
  const hurried = await hurry(pool, id, selection, hurriedNote);
  const { text, values } = matching(selection, 5);
  const { rows } = await pool.query<RedeliveryRow>(
    `insert into redelivery (redelivery_id, idempotency_key, request, created_at, include,
       profile_id, delivery_id, subject, lane_id, since, until, matched)
     select $1, $2, $3, $4::timestamptz, $5, $6, $7, $8, $9, $10, coalesce($11::timestamptz, $4::timestamptz), (
       select count(*) from (
         select from delivery d where ${text} limit ${matchedMax}) as found)
     on conflict (idempotency_key) do nothing
     returning ${columns}`,
    [id, idempotencyKey, asked, now[0]?.asked, ...values],
  );
  if (rows[0]) return { kind: "created", redelivery: toRedelivery(rows[0]), stillOpen, hurried };
  // Somebody else was asked the same at the same moment.
  return (await findByKey(pool, idempotencyKey, asked)) ?? { kind: "conflict" };
}

/**
 * What fits and is still being tried is not sent twice, but if its lane rests, the rest ends now:
 * whoever asks has mended the server, or wants to know.
 *
 * @returns how many fit that are open; at most {@link matchedMax} are counted
 */
async function endRests(pool: Pool, selection: RedeliverySelection): Promise<number> {
  const { text, values } = fitting(selection, 1);
  const { rows } = await pool.query<{ count: number }>(
    `with open as materialized (
       select q.profile_id, q.lane_id from delivery d join delivery_queue q
         using (profile_id, delivery_id)
       where ${text} limit ${matchedMax}),
     hurried as (
       update lane l set rests_until = now(), next_due_at = now(), changed_at = now()
       from (select distinct profile_id, lane_id from open) o
       where l.profile_id = o.profile_id and l.lane_id = o.lane_id and l.breaker = 'open')
     select count(*)::integer as count, pg_notify('${channel}', 'due') from open`,
    [...values],
  );
  return rows[0]?.count ?? 0;
}

/**
 * Makes due now what waits for its next attempt. What is leased is being sent at this moment and
 * stays as it is.
 *
 * @returns how many it were; at most {@link hurriedMax}
 */
export async function hurry(
  database: Database,
  redeliveryId: string,
  selection: RedeliverySelection,
  note: Note | undefined,
): Promise<number> {
  const { text, values } = fitting(selection, 1);
  const { rows } = await database.query<{ count: number }>(
    `with waiting as materialized (
       select q.profile_id, q.delivery_id, d.subject, d.purpose, d.url, d.lane as name
       from delivery_queue q join delivery d using (profile_id, delivery_id)
       where ${text} and ($5::bigint is null or q.lane_id = $5::bigint)
         and q.state = 'pending' and q.due_at > now()
       order by q.due_at limit ${hurriedMax} for update of q skip locked),
     hurried as (
       update delivery_queue q set due_at = now() from waiting w
       where q.profile_id = w.profile_id and q.delivery_id = w.delivery_id
       returning w.*, q.lane_id, q.due_at, $8::text as redelivery_id),
     woken as (${wakeLanes("hurried")})${note ? `, ${note("hurried")}` : ""}
     select count(*)::integer as count, pg_notify('${channel}', 'due') from hurried`,
    [...values, redeliveryId],
  );
  return rows[0]?.count ?? 0;
}

async function findByKey(database: Database, idempotencyKey: string, asked: string) {
  const { rows } = await database.query<RedeliveryRow & { same: boolean }>(
    `select ${columns}, request = $2::jsonb as same from redelivery where idempotency_key = $1`,
    [idempotencyKey, asked],
  );
  const [row] = rows;
  if (!row) return undefined;
  if (!row.same) return { kind: "conflict" } as const;
  return { kind: "known", redelivery: toRedelivery(row) } as const;
}

export async function findRedelivery(
  database: Database,
  id: string,
): Promise<Redelivery | undefined> {
  const { rows } = await database.query<RedeliveryRow>(
    `select ${columns} from redelivery where redelivery_id = $1`,
    [id],
  );
  return rows[0] && toRedelivery(rows[0]);
}

interface RedeliveryRow {
  redelivery_id: string;
  matched: number;
  requeued: number;
  until: Date;
  created_at: Date;
  finished_at: Date | null;
  failures: number;
  sql_state: string | null;
}

const columns =
  "redelivery_id, matched, requeued, until, created_at, finished_at, failures, sql_state";

function toRedelivery(row: RedeliveryRow): Redelivery {
  return {
    id: row.redelivery_id,
    matched: row.matched,
    requeued: row.requeued,
    until: row.until,
    createdAt: row.created_at,
    finishedAt: row.finished_at ?? undefined,
    failing:
      row.failures === 0
        ? undefined
        : { failures: row.failures, sqlState: row.sql_state ?? undefined },
  };
}

interface Conditions {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** What `fitting` says, of deliveries that are not being tried any more and are wanted again. */
function matching(selection: RedeliverySelection, first: number): Conditions {
  const { text, values } = fitting(selection, first);
  return { text: [text, wantedAgain(first), notQueued].join(" and "), values };
}

const wantedAgain = (first: number) => `($${first}::text = 'all' or d.exhausted_at is not null)`;

const notQueued = `not exists (select from delivery_queue q
  where q.profile_id = d.profile_id and q.delivery_id = d.delivery_id)`;

/** Conditions on `delivery d`, with the seven values that stand from parameter `first` on. */
function fitting(
  { include, profileId, deliveryId, subject, lane, since, until }: RedeliverySelection,
  first: number,
): Conditions {
  const text = `${indexed(first)} and ${unindexed(first)} and $${first}::text is not null`;
  const laneId = lane === undefined ? undefined : laneIdOf(lane);
  return { text, values: [include, profileId, deliveryId, subject, laneId, since, until] };
}

/** The part of `fitting` that an index answers: what does not fit is not read. */
function indexed(first: number): string {
  const at = (offset: number) => `$${first + offset}`;
  return [
    // Ids begin with their maker's time: a day of slack for its clock, and old parts are not read.
    `d.delivery_id >= uuid_from(${at(5)}::timestamptz - interval '1 day')`,
    `(${at(1)}::integer is null or d.profile_id = ${at(1)}::integer)`,
    `(${at(2)}::uuid is null or d.delivery_id = ${at(2)}::uuid)`,
    `(${at(3)}::text is null or d.subject = ${at(3)}::text)`,
  ].join(" and ");
}

function unindexed(first: number): string {
  const at = (offset: number) => `$${first + offset}`;
  return `d.created_at >= ${at(5)}::timestamptz
    and d.created_at <= coalesce(${at(6)}::timestamptz, now())
    and (${at(4)}::bigint is null or d.lane_id = ${at(4)}::bigint)`;
}

interface JobRow {
  redelivery_id: string;
  include: "failed" | "all";
  profile_id: number | null;
  delivery_id: string | null;
  subject: string | null;
  lane_id: bigint | null;
  since: Date;
  until: Date;
  after_profile: number;
  after_delivery: string;
}

/**
 * Moves one unfinished job on by one batch: its deliveries are open again, due now, with a schedule
 * that begins anew; bytes and id stay. Batch and progress commit together, so a job that is
 * interrupted goes on where it was. Jobs take turns, those that fail ever more seldom, so that none
 * holds up another.
 *
 * @returns `false` when no job is to be tried now, or another node has it
 * @throws what ended the batch, after it is noted in the job's row
 */
export async function runRedelivery(pool: Pool, note: Note | undefined): Promise<boolean> {
  const client = await pool.connect();
  let job: JobRow | undefined;
  try {
    await client.query("begin");
    job = await takeJob(client);
    if (job) await requeueBatch(client, job, note);
    await client.query("commit");
    client.release();
    return job !== undefined;
  } catch (error) {
    // The transaction is still open; closing the connection ends it.
    client.release(true);
    // A database that cannot note it either is out of reach, which is no fault of the job.
    if (job) await noteFailure(pool, job, error).catch(() => undefined);
    throw error;
  }
}

/** Of those to be tried now, the one whose last try is the longest ago. */
async function takeJob(client: PoolClient): Promise<JobRow | undefined> {
  const { rows } = await client.query<JobRow>(
    `select * from redelivery
     where finished_at is null and (failures = 0 or tried_at <= now()
       - least(interval '1 second' * 2 ^ least(failures, 9), interval '5 minutes')
       -- The database's clock was ahead once.
       or tried_at > now())
     order by tried_at nulls first, created_at limit 1 for update skip locked`,
  );
  return rows[0];
}

/** In a statement of its own, since the batch's transaction takes back all that it did. */
async function noteFailure(pool: Pool, job: JobRow, error: unknown): Promise<void> {
  await pool.query(
    `update redelivery set tried_at = now(), failures = failures + 1, sql_state = $2
     where redelivery_id = $1 and finished_at is null`,
    [job.redelivery_id, error instanceof DatabaseError ? error.code : undefined],
  );
}

async function requeueBatch(client: PoolClient, job: JobRow, note: Note | undefined) {
  await client.query(
    `with seen as materialized (
       select d.profile_id, d.delivery_id, d.subject, d.purpose, d.url, d.lane_id, d.lane,
         d.created_at
       from delivery d
       where ${indexed(1)} and ${wantedAgain(1)}
         and (d.profile_id, d.delivery_id) > ($8::integer, $9::uuid)
       order by d.profile_id, d.delivery_id limit ${scannedRowsMax}),
     batch as materialized (
       select d.profile_id, d.delivery_id, d.subject, d.purpose, d.url, d.lane_id, d.lane as name
       from seen d
       where ${unindexed(1)} and ${notQueued}
       order by d.profile_id, d.delivery_id limit ${batchRowsMax}),
     -- A full batch ends before all that was seen.
     done as (
       select profile_id, delivery_id from batch
       union all
       select profile_id, delivery_id from seen
       where (select count(*) from batch) < ${batchRowsMax}),
     opened as (
       insert into delivery_queue (profile_id, delivery_id, lane_id, state, attempt_count,
         earlier_attempts)
       select b.profile_id, b.delivery_id, b.lane_id, 'pending', made.attempts, made.attempts
       from batch b cross join lateral (
         select coalesce(max(number), 0) as attempts, max(started_at) as last
         from delivery_attempt a
         where a.profile_id = b.profile_id and a.delivery_id = b.delivery_id) made
       -- What was open then has been hurried: it is not sent twice for one wish.
       where made.last is null or made.last < (
         select created_at from redelivery where redelivery_id = $10)
       on conflict do nothing
       returning profile_id, delivery_id, due_at),
     again as (
       select b.*, opened.due_at, '${job.redelivery_id}'::text as redelivery_id
       from opened join batch b using (profile_id, delivery_id)),
     revived as (
       update delivery d set exhausted_at = null from again
       where d.profile_id = again.profile_id and d.delivery_id = again.delivery_id
         and d.exhausted_at is not null),
     woken as (${wakeLanes("again")})${note ? `, ${note("again")}` : ""}
     update redelivery r set requeued = requeued + (select count(*) from again),
       after_profile = coalesce(last.profile_id, r.after_profile),
       after_delivery = coalesce(last.delivery_id, r.after_delivery),
       tried_at = now(), failures = 0, sql_state = null,
       finished_at = case when (select count(*) from batch) < ${batchRowsMax}
         and (select count(*) from seen) < ${scannedRowsMax} then now() end
     from (select 1) as one left join lateral (
       select profile_id, delivery_id from done
       order by profile_id desc, delivery_id desc limit 1) as last on true
     where r.redelivery_id = $10`,
    [
      job.include,
      job.profile_id,
      job.delivery_id,
      job.subject,
      job.lane_id,
      job.since,
      job.until,
      job.after_profile,
      job.after_delivery,
      job.redelivery_id,
    ],
  );
}

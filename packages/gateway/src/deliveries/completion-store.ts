import type { Completion } from "./delivery.ts";
import { type Database, wakeLanes } from "./queue-store.ts";

/**
 * A CTE to be run in the statement that gives deliveries up, or opens them again, by whoever knows
 * what a subject is and leaves a note on it. Given the name of the CTE that has profile_id,
 * delivery_id, subject, purpose and url of each, and what the two add: verdict, redelivery_id.
 */
export type Note = (source: string) => string;

export interface Notes {
  readonly exhausted: Note;
  readonly redelivered: Note;
}

/**
 * Writes attempts and what becomes of their deliveries, in one statement, each only if its lease is
 * still ours: a settled delivery leaves the queue, another is pending and its lane is woken.
 * Returns the ids written; the others were fenced off.
 */
export async function recordCompletions(
  database: Database,
  completions: readonly Completion[],
  { nodeId, nowMs, note }: { nodeId: string; nowMs: number; note?: Note | undefined },
): Promise<readonly string[]> {
  const allDelivered = completions.every(({ next }) => next.state === "delivered");
  const { rows } = await database.query<{ delivery_id: string }>({
    name: `record-${allDelivered ? "delivered" : `completions-${note ? "noted" : "bare"}`}`,
    text: allDelivered ? recordDelivered : recordAny(note),
    values: [...columnsOf(completions, nowMs), nodeId],
  });
  return rows.map((row) => row.delivery_id);
}

/**
 * What both statements begin with. The lease's token says enough, without the state: with it, the
 * planner would rather read all leased rows than find these by their keys. Each CTE hands on every
 * column, since joining one to another again would compare each row with each.
 */
const settled = `c as materialized (
      select * from unnest($1::integer[], $2::uuid[], $3::uuid[], $4::text[], $5::text[],
        $6::float8[], $7::float8[], $8::real[], $9::real[], $10::real[], $11::real[], $12::real[],
        $13::text[], $14::smallint[], $15::text[], $16::text[], $17::json[], $18::bytea[])
      as c (profile_id, delivery_id, lease_token, lane, state, delay_ms, age_ms, dns_ms,
        connect_ms, tls_ms, first_byte_ms, total_ms, address, http_status, verdict, detail,
        answer_headers, answer)),
    settled as (
      delete from delivery_queue q using c
      where c.state <> 'pending' and q.profile_id = c.profile_id
        and q.delivery_id = c.delivery_id and q.lease_token = c.lease_token
      returning q.attempt_count + 1 as number, c.*)`;

const insertAttempts = (source: string) => `insert into delivery_attempt (profile_id, delivery_id,
      number, node_id, started_at, dns_ms, connect_ms, tls_ms, first_byte_ms, total_ms, address,
      http_status, verdict, detail, answer_headers, answer)
    select profile_id, delivery_id, number, $19,
      clock_timestamp() - age_ms * interval '1 millisecond', dns_ms, connect_ms, tls_ms,
      first_byte_ms, total_ms, address, http_status, verdict, detail, answer_headers, answer
    from ${source}
    returning delivery_id`;

/** The usual case has a statement of its own, which need not look at the history's parts. */
const recordDelivered = `with ${settled} ${insertAttempts("settled")}`;

function recordAny(note: Note | undefined): string {
  return `with ${settled},
    retried as (
      update delivery_queue q set state = 'pending', attempt_count = q.attempt_count + 1,
        node_id = null, lease_token = null, lease_until = null,
        due_at = now() + c.delay_ms * interval '1 millisecond'
      from c
      where c.state = 'pending' and q.profile_id = c.profile_id
        and q.delivery_id = c.delivery_id and q.lease_token = c.lease_token
      returning q.attempt_count as number, c.*, q.lane_id, c.lane as name, q.due_at),
    attempts as (
      select * from settled union all
      select number, profile_id, delivery_id, lease_token, lane, state, delay_ms, age_ms, dns_ms,
        connect_ms, tls_ms, first_byte_ms, total_ms, address, http_status, verdict, detail,
        answer_headers, answer
      from retried),
    given_up as (
      update delivery d set exhausted_at = now() from settled s
      where s.state = 'exhausted' and d.profile_id = s.profile_id
        and d.delivery_id = s.delivery_id
      returning d.profile_id, d.delivery_id, d.subject, d.purpose, d.url, s.verdict),
    -- 410 speaks for the address: what else waits to be sent there about the same subject stops too.
    stopped as (
      delete from delivery_queue q using given_up g, delivery d
      where g.verdict = 'gone' and d.profile_id = g.profile_id and d.subject = g.subject
        and d.url = g.url and q.profile_id = d.profile_id and q.delivery_id = d.delivery_id
        and q.state = 'pending'
      returning q.profile_id, q.delivery_id),
    ${exhaust("stopped_too", "stopped", "gone")},
    all_given_up as (select * from given_up union all select * from stopped_too),
    woken as (${wakeLanes("retried")})${note ? `, ${note("all_given_up")}` : ""}
    ${insertAttempts("attempts")}`;
}

/** Marks what has left the queue, named by `source`, and hands on what a note needs. */
function exhaust(name: string, source: string, verdict: string): string {
  return `${name} as (
      update delivery d set exhausted_at = now() from ${source} s
      where d.profile_id = s.profile_id and d.delivery_id = s.delivery_id
      returning d.profile_id, d.delivery_id, d.subject, d.purpose, d.url, '${verdict}' as verdict)`;
}

/**
 * Gives up deliveries that have been due for too long while their lane rests. Only where somebody
 * has lately asked whether the server is back: after a standstill of the whole fleet the rest is
 * over, and a probe comes first.
 *
 * @returns how many it were
 */
export async function giveUpResting(
  database: Database,
  { overdueMsMax, rowsMax }: { readonly overdueMsMax: number; readonly rowsMax: number },
  note: Note | undefined,
): Promise<number> {
  const { rows } = await database.query<{ count: number }>({
    name: `give-up-resting-${note ? "noted" : "bare"}`,
    text: `with late as materialized (
        select late.* from lane l cross join lateral (
          select q.profile_id, q.delivery_id from delivery_queue q
          where q.profile_id = l.profile_id and q.lane_id = l.lane_id and q.state = 'pending'
            and q.due_at < now() - $1 * interval '1 millisecond'
          order by q.due_at limit $2 for update skip locked) late
        where l.breaker = 'open' and l.rests_until > now() limit $2),
      stopped as (
        delete from delivery_queue q using late
        where q.profile_id = late.profile_id and q.delivery_id = late.delivery_id
        returning q.profile_id, q.delivery_id),
      ${exhaust("given_up", "stopped", "resting")}${note ? `, ${note("given_up")}` : ""}
      select count(*)::integer as count from given_up`,
    values: [overdueMsMax, rowsMax],
  });
  return rows[0]?.count ?? 0;
}

/** One array for each of the statement's first eighteen parameters. */
function columnsOf(completions: readonly Completion[], nowMs: number): unknown[][] {
  const column = (of: (completion: Completion) => unknown) => completions.map(of);
  const timing = (name: keyof Completion["report"]["timings"]) =>
    column(({ report }) => report.timings[name]);
  return [
    column(({ held }) => held.profileId),
    column(({ held }) => held.id),
    column(({ held }) => held.leaseToken),
    column(({ held }) => held.lane),
    column(({ next }) => next.state),
    column(({ next }) => (next.state === "pending" ? next.delayMs : null)),
    column(({ startedMs }) => nowMs - startedMs),
    timing("dnsMs"),
    timing("connectMs"),
    timing("tlsMs"),
    timing("firstByteMs"),
    timing("totalMs"),
    column(({ report }) => report.address),
    column(({ report }) => report.httpStatus),
    column(({ verdict }) => verdict),
    column(({ detail }) => detail),
    column(({ report }) => JSON.stringify(report.answerHeaders)),
    column(({ report }) => report.answer),
  ];
}

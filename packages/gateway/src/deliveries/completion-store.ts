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
  const { rows } = await database.query<{ delivery_id: string }>({
    name: note ? "record-completions-noted" : "record-completions",
    text: statement(note),
    values: [...columnsOf(completions, nowMs), nodeId],
  });
  return rows.map((row) => row.delivery_id);
}

function statement(note: Note | undefined): string {
  return `with c as materialized (
      select * from unnest($1::integer[], $2::uuid[], $3::uuid[], $4::text[], $5::text[],
        $6::float8[], $7::float8[], $8::real[], $9::real[], $10::real[], $11::real[], $12::real[],
        $13::text[], $14::smallint[], $15::text[], $16::text[], $17::json[], $18::bytea[])
      as c (profile_id, delivery_id, lease_token, lane, state, delay_ms, age_ms, dns_ms,
        connect_ms, tls_ms, first_byte_ms, total_ms, address, http_status, verdict, detail,
        answer_headers, answer)),
    settled as (
      delete from delivery_queue q using c
      where c.state <> 'pending' and q.profile_id = c.profile_id
        and q.delivery_id = c.delivery_id and q.state = 'leased' and q.lease_token = c.lease_token
      returning q.profile_id, q.delivery_id, q.attempt_count + 1 as number, c.lease_token),
    retried as (
      update delivery_queue q set state = 'pending', attempt_count = q.attempt_count + 1,
        node_id = null, lease_token = null, lease_until = null,
        due_at = now() + c.delay_ms * interval '1 millisecond'
      from c
      where c.state = 'pending' and q.profile_id = c.profile_id
        and q.delivery_id = c.delivery_id and q.state = 'leased' and q.lease_token = c.lease_token
      returning q.profile_id, q.delivery_id, q.attempt_count as number, c.lease_token, q.lane_id,
        c.lane as name, q.due_at),
    done as (
      select profile_id, delivery_id, number, lease_token from settled
      union all select profile_id, delivery_id, number, lease_token from retried),
    given_up as (
      update delivery d set exhausted_at = now()
      from settled join c using (profile_id, delivery_id, lease_token)
      where c.state = 'exhausted' and d.profile_id = settled.profile_id
        and d.delivery_id = settled.delivery_id
      returning d.profile_id, d.delivery_id, d.subject, d.purpose, d.url, c.verdict),
    -- 410 speaks for the address: what else waits to be sent there about the same subject stops too.
    stopped as (
      delete from delivery_queue q using given_up g, delivery d
      where g.verdict = 'gone' and d.profile_id = g.profile_id and d.subject = g.subject
        and d.url = g.url and q.profile_id = d.profile_id and q.delivery_id = d.delivery_id
        and q.state = 'pending'
      returning q.profile_id, q.delivery_id),
    stopped_too as (
      update delivery d set exhausted_at = now() from stopped
      where d.profile_id = stopped.profile_id and d.delivery_id = stopped.delivery_id),
    woken as (${wakeLanes("retried")})${note ? `, ${note("given_up")}` : ""}
    insert into delivery_attempt (profile_id, delivery_id, number, node_id, started_at, dns_ms,
      connect_ms, tls_ms, first_byte_ms, total_ms, address, http_status, verdict, detail,
      answer_headers, answer)
    select profile_id, delivery_id, number, $19,
      clock_timestamp() - c.age_ms * interval '1 millisecond', c.dns_ms, c.connect_ms, c.tls_ms,
      c.first_byte_ms, c.total_ms, c.address, c.http_status, c.verdict, c.detail,
      c.answer_headers, c.answer
    from done join c using (profile_id, delivery_id, lease_token)
    returning delivery_id`;
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

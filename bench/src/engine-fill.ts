import { Client } from "pg";
import { bodyTemplate, contentType, firstProfileId, headers, type Load, refAt } from "./load.ts";

/** Rows of one statement. */
const rowsMax = 50_000;

const laneId = `('x' || encode(substr(sha256(convert_to(lane, 'UTF8')), 1, 8), 'hex'))
  ::bit(64)::bigint`;

/**
 * Writes open deliveries that wait in the backlog, their lanes awake, with the facts that `load.ts`
 * makes for the peers. A lane's number is what the engine's `laneIdOf` makes of its name.
 */
export async function fillPending(
  url: string,
  load: Load & { readonly firstLane?: number },
): Promise<void> {
  const { count, lanes, origins, firstLane = 0 } = load;
  const fixed = [lanes, bodyTemplate, refAt(0), firstProfileId + firstLane, origins];
  await inParts(url, count, pendingStatement, [...fixed, contentType, JSON.stringify(headers)]);
}

const pendingStatement = `with facts as (
    select $6::integer + (i % $3)::integer as profile_id, uuidv7() as delivery_id,
      replace($4, $5, 'TST' || (2609100000000 + i)) as body,
      ($7::text[])[1 + (i % $3) % cardinality($7::text[])] as origin
    from generate_series($1::bigint, $2::bigint) as i),
  named as (
    select *, profile_id || ' ' || origin as lane from facts),
  kept as (
    insert into delivery (profile_id, delivery_id, subject, purpose, lane, lane_id, url,
      content_type, headers, body, allow_private)
    select profile_id, delivery_id, substr(body, 14, 16), 'callback', lane, ${laneId},
      origin || '/callback/' || profile_id, $8, $9::json, convert_to(body, 'UTF8'), true
    from named
    returning profile_id, delivery_id, lane_id, lane),
  woken as (
    insert into lane (profile_id, lane_id, name, next_due_at)
    select distinct profile_id, lane_id, lane, now() from kept
    on conflict do nothing)
  insert into delivery_queue (profile_id, delivery_id, lane_id, state)
  select profile_id, delivery_id, lane_id, 'pending' from kept`;

/** How far back the history goes, in days. */
const historyDays = 30;

/**
 * Writes a history: deliveries of the last month that arrived at their first attempt. Nobody reads
 * their bodies any more, so these are short, which saves minutes and gigabytes.
 */
export async function fillFinished(url: string, count: number): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query("select make_delivery_days(current_date - $1::integer, current_date)", [
    historyDays + 1,
  ]);
  await client.end();
  await inParts(url, count, finishedStatement, [count, historyDays, firstProfileId]);
}

const finishedStatement = `with facts as (
    select $5::integer + (i % 1000)::integer as profile_id, i,
      uuidv7((i::float8 / $3::float8 - 1) * $4::float8 * interval '1 day') as delivery_id
    from generate_series($1::bigint, $2::bigint) as i),
  named as (
    select *, profile_id || ' http://shop.example:80' as lane from facts),
  kept as (
    insert into delivery (profile_id, delivery_id, subject, purpose, lane, lane_id, url,
      content_type, headers, body, allow_private, created_at)
    select profile_id, delivery_id, 'TST' || (2609100000000 + i), 'callback', lane, ${laneId},
      'http://shop.example/callback', 'application/json', '{}', decode(repeat('7b', 200), 'hex'),
      false, uuid_extract_timestamp(delivery_id)
    from named
    returning profile_id, delivery_id, created_at)
  insert into delivery_attempt (profile_id, delivery_id, number, node_id, started_at,
    first_byte_ms, total_ms, address, http_status, verdict, detail, answer_headers, answer)
  select profile_id, delivery_id, 1, 'bench', created_at, 12, 13, '203.0.113.9', 200, 'ok', '200',
    '{"content-type":"text/plain"}', 'ok'
  from kept`;

/** Runs a statement for the numbers from 0 to the count, which it gets as $1 and $2, in parts. */
async function inParts(
  url: string,
  count: number,
  text: string,
  values: readonly unknown[],
): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    for (let from = 0; from < count; from += rowsMax) {
      await client.query(text, [from, Math.min(from + rowsMax, count) - 1, ...values]);
    }
  } finally {
    await client.end();
  }
}

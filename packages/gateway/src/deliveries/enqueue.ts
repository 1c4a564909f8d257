import { createHash, randomUUID } from "node:crypto";
import type { Pool } from "pg";
import { uuidv7 } from "../ids.ts";
import {
  leaseMs as defaultLeaseMs,
  type DeliveryPurpose,
  type PreparedDelivery,
} from "./delivery.ts";
import { laneOf } from "./destinations.ts";

export interface DeliveryRequest {
  readonly profileId: number;
  /** What it is about, for `deliveriesOf`; a payment's tran_ref. */
  readonly subject: string;
  readonly purpose: DeliveryPurpose;
  /** As `checkDestination` returned it. */
  readonly url: string;
  readonly contentType: string;
  /** The exact bytes of every attempt; a string is taken as UTF-8. */
  readonly body: string | Uint8Array;
  /** Finished headers such as Signature and Client-Key; those of the transport are ours. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the profile may call loopback and private networks (a sandbox without --strict). */
  readonly allowPrivate: boolean;
}

/** The process that will send what it prepares; without a `nodeId`, any worker will. */
export interface DeliveryNode {
  /** Unique to the process; the dispatcher's. */
  readonly nodeId?: string;
  readonly leaseMs?: number;
}

/** Well above the largest response, which is some three KiB; a node's memory is bounded by it. */
export const bodyBytesMax = 65_536;

/** Set by the sender for each attempt, so nobody else may. */
const ownHeaders = new Set([
  "accept-encoding",
  "connection",
  "content-length",
  "content-type",
  "host",
  "transfer-encoding",
  "webhook-id",
  "webhook-signature",
  "webhook-timestamp",
]);

/**
 * Freezes a delivery: its id, its bytes, and a lease of this node. Do this right before the
 * statement that writes it, and call `handOver` when COMMIT has returned. If the
 * transaction is rolled back, or nobody knows how it ended, drop the result: the row, if there is
 * one, is taken up when its lease runs out.
 *
 * @throws Error when the caller breaks a bound; that is a fault of ours, not of a merchant
 * @example
 * const prepared = prepareDelivery({ profileId: 45001, subject: "TST2609100000101",
 *   purpose: "callback", url, contentType: "application/json", body,
 *   headers: { Signature: signature }, allowPrivate: true }, { nodeId });
 */
export function prepareDelivery(request: DeliveryRequest, node: DeliveryNode): PreparedDelivery {
  const leaseMs = node.leaseMs ?? defaultLeaseMs;
  const body = frozen(request.body);
  if (body.length > bodyBytesMax) throw new Error(`a delivery has ${body.length} bytes`);
  for (const [name, value] of Object.entries(request.headers)) {
    if (ownHeaders.has(name.toLowerCase())) throw new Error(`the sender sets ${name} itself`);
    refuseUnfit(name, value);
  }
  refuseUnfit("Content-Type", request.contentType);
  const lane = `${request.profileId} ${laneOf(new URL(request.url))}`;
  return {
    profileId: request.profileId,
    id: uuidv7(),
    subject: request.subject,
    purpose: request.purpose,
    lane,
    laneId: laneIdOf(lane),
    url: request.url,
    contentType: request.contentType,
    headers: request.headers,
    body,
    allowPrivate: request.allowPrivate,
    attemptCount: 0,
    earlierAttempts: 0,
    nodeId: node.nodeId,
    leaseMs,
    leaseToken: randomUUID(),
    leaseEndsMs: performance.now() + leaseMs,
  };
}

/** A copy, so that whoever made the bytes cannot change them any more. */
function frozen(body: string | Uint8Array): Buffer {
  return typeof body === "string" ? Buffer.from(body, "utf8") : Buffer.from(body);
}

function refuseUnfit(name: string, value: string): void {
  if (!isHeaderName(name)) throw new Error(`no header can be named ${name}`);
  // Latin-1 without control characters (RFC 9110, 5.5).
  if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) throw new Error(`${name} has an unfit value`);
}

/** Whether it is a token of RFC 9110, 5.6.2. */
export function isHeaderName(name: string): boolean {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(name);
}

/** Headers of one connection, or of what the sender does with it (RFC 9110, 7.6.1, 10.1.1). */
const hopHeaders = new Set([
  "content-encoding",
  "expect",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "upgrade",
]);

/** Whether a merchant may not choose this header, since the sender or the connection decides it. */
export function isReservedHeader(name: string): boolean {
  return ownHeaders.has(name.toLowerCase()) || hopHeaders.has(name.toLowerCase());
}

/**
 * A lane's number: the first eight bytes of the SHA-256 of its name, signed, as decimal text. So a
 * delivery can name its lane without anybody reading or writing the lane's row.
 *
 * @example laneIdOf("45001 https://shop.example:443")
 */
export function laneIdOf(lane: string): string {
  return createHash("sha256").update(lane).digest().readBigInt64BE(0).toString();
}

/**
 * The text of data-modifying CTEs that write prepared deliveries, to be embedded in the one
 * statement that writes an outcome. Nothing is written unless `source` has a row.
 *
 * @param source the name of the CTE that wrote the outcome
 * @param parameter the place of `enqueueParameter`'s result, such as `$7`
 * @example
 * `with done as (update … returning profile_id), ${enqueueCtes("done", "$7")}
 *  select count(*) from done`
 */
export function enqueueCtes(source: string, parameter: string): string {
  return `to_send as materialized (
      select * from json_to_recordset(${parameter}::json) as q (profile_id integer,
        delivery_id uuid, subject text, purpose text, lane text, lane_id bigint, url text,
        content_type text, headers json, body text, allow_private boolean, node_id text,
        lease_token uuid, lease_ms integer)
      where exists (select from ${source})),
    kept as (
      insert into delivery (profile_id, delivery_id, subject, purpose, lane, lane_id, url,
        content_type, headers, body, allow_private)
      select profile_id, delivery_id, subject, purpose, lane, lane_id, url, content_type, headers,
        decode(body, 'base64'), allow_private
      from to_send),
    queued as (
      insert into delivery_queue (profile_id, delivery_id, lane_id, state, node_id, lease_token,
        lease_until)
      select profile_id, delivery_id, lane_id,
        case when node_id is null then 'pending' else 'leased' end, node_id,
        case when node_id is not null then lease_token end,
        -- Not now(): the node counts from its own clock, after the transaction may have begun.
        case when node_id is not null
          then statement_timestamp() + lease_ms * interval '1 millisecond' end
      from to_send)`;
}

/** What the parameter of `enqueueCtes` must hold: JSON text, bodies in base64. `[]` writes nothing. */
export function enqueueParameter(prepared: readonly PreparedDelivery[]): string {
  return JSON.stringify(
    prepared.map((delivery) => ({
      profile_id: delivery.profileId,
      delivery_id: delivery.id,
      subject: delivery.subject,
      purpose: delivery.purpose,
      lane: delivery.lane,
      lane_id: delivery.laneId,
      url: delivery.url,
      content_type: delivery.contentType,
      headers: delivery.headers,
      body: delivery.body.toString("base64"),
      allow_private: delivery.allowPrivate,
      node_id: delivery.nodeId,
      lease_token: delivery.leaseToken,
      lease_ms: delivery.leaseMs,
    })),
  );
}

/** Writes prepared deliveries that belong to no other statement. */
export async function enqueueAlone(
  pool: Pick<Pool, "query">,
  prepared: readonly PreparedDelivery[],
): Promise<void> {
  await pool.query({
    name: "enqueue-alone",
    text: `with asked as (select 1), ${enqueueCtes("asked", "$1")} select from asked`,
    values: [enqueueParameter(prepared)],
  });
}

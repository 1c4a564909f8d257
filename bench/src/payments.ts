import { createPool } from "@wasl/gateway/src/database/pool.ts";
import type { Pool } from "pg";
import {
  enqueueCtes,
  enqueueParameter,
  type DeliveryNode,
  type PreparedDelivery,
  prepareDelivery,
} from "./engine.ts";
import { bodyAt, contentType, firstProfileId, headers, refAt } from "./load.ts";
import type { BenchDatabase } from "./postgres.ts";

/** Whom a payment's callback goes to: one of these merchants. */
export interface Merchants {
  readonly lanes: number;
  readonly origins: readonly string[];
  /** Keeps the lanes of several groups of merchants apart. */
  readonly firstLane: number;
}

/** Stands for the gateway's transactions: a row that one statement completes, once. */
export async function createPayments(database: BenchDatabase, count: number): Promise<void> {
  await database.query(`create table payment (
    payment_id integer primary key, state text not null, details jsonb not null,
    outcome jsonb, completed_at timestamptz) with (fillfactor = 60)`);
  await database.query(
    `insert into payment (payment_id, state, details)
     select i, 'open', $2::jsonb from generate_series(0, $1::integer - 1) as i`,
    [count, JSON.stringify({ cart: "x".repeat(400) })],
  );
}

const outcome = JSON.stringify({ status: "A", code: "G40217", card: "x".repeat(200) });

const complete = `update payment set state = 'completed', outcome = $2, completed_at = now()
  where payment_id = $1 and state = 'open' returning payment_id`;

/** The commits of a process that takes payments. */
export class Payments {
  readonly #pool: Pool;
  readonly #node: DeliveryNode;
  #next: number;

  /** @param first the first of the payments that are this process's own */
  constructor(url: string, node: DeliveryNode, first: number) {
    // As many connections as a gateway has for its payments.
    this.#pool = createPool(url);
    this.#node = node;
    this.#next = first;
  }

  /** Commits an outcome without a delivery. */
  async completePlainly(): Promise<void> {
    await this.#run({
      name: "plain",
      text: `with done as (${complete}) select count(*)::integer as n from done`,
      values: [this.#take(), outcome],
    });
  }

  /** Commits an outcome and its delivery, and returns before the delivery is made. */
  async complete(delivery: PreparedDelivery): Promise<void> {
    await this.#run({
      name: "with-delivery",
      text: `with done as (${complete}), ${enqueueCtes("done", "$3")}
        select count(*)::integer as n from done`,
      values: [this.#take(), outcome, enqueueParameter([delivery])],
    });
  }

  /** The callback of the next payment, to this merchant of the group. */
  prepare({ origins, firstLane }: Merchants, lane: number): PreparedDelivery {
    const origin = origins[lane % origins.length] ?? "";
    const profileId = firstProfileId + firstLane + lane;
    return prepareDelivery(
      {
        profileId,
        subject: refAt(this.#next),
        purpose: "callback",
        url: `${origin}/callback/${profileId}`,
        contentType,
        body: bodyAt(this.#next),
        headers,
        allowPrivate: true,
      },
      this.#node,
    );
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  #take(): number {
    const id = this.#next;
    this.#next += 1;
    return id;
  }

  async #run(statement: { name: string; text: string; values: unknown[] }): Promise<void> {
    const { rows } = await this.#pool.query<{ n: number }>(statement);
    if (rows[0]?.n !== 1) throw new Error("there was no payment to complete");
  }
}

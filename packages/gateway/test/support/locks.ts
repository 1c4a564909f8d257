import type { Pool, PoolClient } from "pg";
import { until } from "./dispatching.ts";

/** Locks taken here and not yet given back. */
const held = new Set<() => Promise<void>>();

/** For `afterEach`: a test that failed may have left somebody waiting. */
export async function letAllGo(): Promise<void> {
  for (const letGo of held) await letGo();
}

/**
 * Holds the locks of a statement in a transaction of its own until it is let go, which rolls back
 * what it did unless told to commit.
 */
export async function hold(
  pool: Pool,
  text: string,
): Promise<(how?: "commit" | "rollback") => Promise<void>> {
  const client = await pool.connect();
  const letGo = async (how: "commit" | "rollback" = "rollback"): Promise<void> => {
    if (!held.delete(letGo)) return;
    await endTransaction(client, how);
  };
  held.add(letGo);
  await client.query("begin");
  await client.query(text);
  return letGo;
}

async function endTransaction(client: PoolClient, how: "commit" | "rollback"): Promise<void> {
  try {
    await client.query(how);
    client.release();
  } catch (error) {
    // With the connection the locks are gone too.
    client.release(error instanceof Error);
  }
}

/** Writes something into the source of a function, before what is there at one place. */
export async function gateFunction(
  pool: Pool,
  name: string,
  place: RegExp,
  inserted: string,
): Promise<void> {
  const { rows } = await pool.query<{ text: string }>(
    "select pg_get_functiondef($1::regproc) as text",
    [name],
  );
  const parts = (rows[0]?.text ?? "").split(place);
  if (parts.length !== 2) throw new Error(`${name} has ${parts.length - 1} places ${place}`);
  await pool.query((rows[0]?.text ?? "").replace(place, (found) => `${inserted} ${found}`));
}

/** A place in a statement where it waits until the test lets it go on. */
export interface Gate {
  /** Waits until a statement stands before the gate. */
  reached(): Promise<void>;
  open(): Promise<void>;
}

/** Shuts a gate for every statement of this database that calls `pass_gate()`. */
export async function shutGate(pool: Pool): Promise<Gate> {
  await pool.query(`create or replace function pass_gate() returns boolean
    language plpgsql volatile as $$
    begin
      perform pg_advisory_xact_lock_shared(4711);
      return true;
    end $$`);
  const open = await hold(pool, "select pg_advisory_xact_lock(4711)");
  return { reached: () => untilWaiting(pool, "advisory", 1), open };
}

/**
 * Waits until so many statements of this database wait for a lock: `transactionid` means for
 * somebody's row, `relation` for a table.
 */
export async function untilWaiting(
  pool: Pool,
  kind: "advisory" | "transactionid" | "relation",
  count: number,
): Promise<void> {
  await until(async () => {
    const { rows } = await pool.query<{ waiting: number }>(
      `select count(*)::integer as waiting from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock' and wait_event = $1`,
      [kind],
    );
    return (rows[0]?.waiting ?? 0) >= count;
  });
}

import type { Pool } from "pg";

export interface PeriodicTurn {
  /** The same in every node. */
  readonly name: string;
  readonly everyMs: number;
  readonly nodeId: string;
}

/**
 * Whether this node may run a job of the whole fleet now. Every node asks; a row decides, by the
 * database's clock, so a node that dies with its turn costs one turn and not the job.
 *
 * @example if (await takeTurn(pool, { name: "sweep", everyMs: 1000, nodeId })) await sweep();
 */
export async function takeTurn(
  pool: Pick<Pool, "query">,
  { name, everyMs, nodeId }: PeriodicTurn,
): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: "take-turn",
    text: `insert into periodic_job as job (name, ran_at, node_id) values ($1, now(), $3)
      on conflict (name) do update set ran_at = excluded.ran_at, node_id = excluded.node_id
      where job.ran_at <= now() - $2 * interval '1 millisecond'
        -- The database's clock was ahead once: else nobody would have a turn until that time.
        or job.ran_at > now() + interval '1 second'`,
    values: [name, everyMs, nodeId],
  });
  return rowCount === 1;
}

/** Gives a turn back that came to nothing, so that anybody may try again at once. */
export async function giveTurnBack(
  pool: Pick<Pool, "query">,
  { name, nodeId }: Pick<PeriodicTurn, "name" | "nodeId">,
): Promise<void> {
  await pool.query({
    name: "give-turn-back",
    text: "update periodic_job set ran_at = '-infinity' where name = $1 and node_id = $2",
    values: [name, nodeId],
  });
}

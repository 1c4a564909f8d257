import type { Pool, PoolClient } from "pg";

/** What a statement needs: the pool, or the connection of an open transaction. */
export type Queryable = Pick<Pool, "query"> | Pick<PoolClient, "query">;

/**
 * Runs statements in one database transaction: all of them count, or none. No network call belongs
 * in here.
 *
 * @throws whatever `work` throws, after a rollback
 */
export async function inTransaction<Result>(
  pool: Pool,
  work: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query("begin");
    const result = await work(client);
    await client.query("commit");
    return result;
  } catch (error) {
    // A connection that cannot even roll back is not given back to the pool.
    await client.query("rollback").catch((fault: Error) => {
      broken = fault;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

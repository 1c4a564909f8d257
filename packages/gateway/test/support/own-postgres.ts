import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Pool } from "pg";
import { startEmbeddedPostgres } from "../../src/database/embedded/embedded.ts";
import { locate } from "../../src/database/embedded/location.ts";
import { migrate } from "../../src/database/migrate.ts";
import { createPool } from "../../src/database/pool.ts";
import { until } from "./dispatching.ts";

/** A PostgreSQL of the test's own, migrated, which may be ended as often as one likes. */
export interface OwnPostgres {
  readonly url: string;
  readonly pool: Pool;
  /** Ends the server at once (`SIGKILL`) or in order (`SIGINT`); it is started again. */
  restart(signal: "SIGKILL" | "SIGINT"): Promise<void>;
  stop(): Promise<void>;
}

export async function startOwnPostgres(): Promise<OwnPostgres> {
  const folder = await mkdtemp(join(tmpdir(), "wasl-outage-"));
  // Open to PostgreSQL's own user, so that the data can stay inside.
  await chmod(folder, 0o755);
  const { cluster, home } = await locate(folder);
  const server = await startEmbeddedPostgres(folder, { warn: () => undefined });
  const pool = createPool(server.connectionString);
  await migrate(pool);
  const pidFile = join(cluster, "postmaster.pid");
  const pidOf = async () => Number.parseInt(await readFile(pidFile, "utf8"), 10);
  return {
    url: server.connectionString,
    pool,
    async restart(signal) {
      const before = await pidOf();
      process.kill(before, signal);
      await until(async () => {
        const { rowCount } = await pool.query("select 1").catch(() => ({ rowCount: 0 }));
        return rowCount === 1 && (await pidOf()) !== before;
      }, 60_000);
    },
    async stop() {
      await pool.end();
      await server.stop();
      for (const path of [folder, home]) await rm(path, { recursive: true, force: true });
    },
  };
}

import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Pool, PoolClient } from "pg";

/** Any number will do, as long as every gateway uses the same one. */
const migrationLock = 4_740_045_001;

/** How long a migration may take, and so how long a node waits for one that migrates, in ms. */
const migrationMsMax = 3_600_000;

export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
  readonly sha256: string;
}

/** The gateway's own migrations. */
export const migrationsFolder = join(import.meta.dirname, "../../migrations");

/** The database and the program do not fit together; the message says what to do. */
export class MigrationError extends Error {
  override readonly name = "MigrationError";
}

/**
 * Reads the migrations of a folder: `NNNNNN-name.sql`, numbered from 1 without gaps.
 *
 * @throws MigrationError for a gap, a duplicate or a file that is named otherwise
 */
export async function readMigrations(folder: string): Promise<Migration[]> {
  const files = (await readdir(folder)).filter((file) => file !== "schema.sql").toSorted();
  return Promise.all(
    files.map(async (file, index) => {
      const number = /^(\d{6})-[a-z0-9-]+\.sql$/.exec(file)?.[1];
      if (number === undefined || Number.parseInt(number, 10) !== index + 1) {
        throw new MigrationError(`${file}: migrations are NNNNNN-name.sql, numbered without gaps`);
      }
      // Git may have written the line ends of another system.
      const sql = (await readFile(join(folder, file), "utf8")).replaceAll("\r\n", "\n");
      const sha256 = createHash("sha256").update(sql).digest("hex");
      return { number: index + 1, name: file, sql, sha256 };
    }),
  );
}

/**
 * Brings the database up to date, forward only, each migration in a transaction of its own. Two
 * nodes may start at once: one migrates, the other waits and finds nothing left to do.
 *
 * @returns the names of the migrations that were applied now
 * @throws MigrationError when an applied file was changed, or the database is newer than this program
 */
export async function migrate(pool: Pool, folder: string = migrationsFolder): Promise<string[]> {
  const migrations = await readMigrations(folder);
  const client = await pool.connect();
  try {
    const { rows } = await client.query<{ version: number }>(
      "select current_setting('server_version_num')::integer as version",
    );
    refuseOldServer(rows[0]?.version ?? 0);
    await client.query(`set statement_timeout = ${migrationMsMax}`);
    await run(client, `select pg_advisory_lock(${migrationLock})`);
    return await applyMissing(client, migrations);
  } finally {
    // The connection is closed, not reused: that frees the lock and forgets its settings.
    client.release(true);
  }
}

/** PostgreSQL 15, in the form of `server_version_num`. */
const serverVersionMin = 150_000;

/**
 * @param version `server_version_num`, such as 180004 for 18.4
 * @throws MigrationError for a server older than 15
 */
export function refuseOldServer(version: number): void {
  if (version >= serverVersionMin) return;
  const major = Math.floor(version / 10_000);
  throw new MigrationError(`the database is PostgreSQL ${major}: 15 or newer is needed`);
}

/** Waits longer than the pool does for any other statement. */
async function run(client: PoolClient, text: string): Promise<void> {
  const statement = { text, query_timeout: migrationMsMax };
  await client.query(statement);
}

async function applyMissing(
  client: PoolClient,
  migrations: readonly Migration[],
): Promise<string[]> {
  await client.query(`create table if not exists migration (
    number integer primary key,
    name text not null,
    sha256 text not null,
    applied_at timestamptz not null default now())`);
  const { rows } = await client.query<{ number: number; name: string; sha256: string }>(
    "select number, name, sha256 from migration order by number",
  );
  for (const applied of rows) {
    const known = migrations[applied.number - 1];
    if (known === undefined) {
      throw new MigrationError(
        `the database has migration ${applied.name}, which this version does not know: ` +
          "start the version that made it, or a newer one",
      );
    }
    if (known.sha256 !== applied.sha256) {
      throw new MigrationError(
        `migration ${known.name} was changed after it was applied: restore the file`,
      );
    }
  }
  const missing = migrations.slice(rows.length);
  for (const migration of missing) await apply(client, migration);
  return missing.map(({ name }) => name);
}

async function apply(client: PoolClient, migration: Migration): Promise<void> {
  await client.query("begin");
  try {
    await run(client, migration.sql);
    await client.query("insert into migration (number, name, sha256) values ($1, $2, $3)", [
      migration.number,
      migration.name,
      migration.sha256,
    ]);
    await client.query("commit");
  } catch (error) {
    await client.query("rollback");
    throw error;
  }
}

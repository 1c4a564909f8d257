import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedPostgres } from "@wasl/gateway/src/database/embedded/embedded.ts";
import { locate } from "@wasl/gateway/src/database/embedded/location.ts";
import { guardServer } from "@wasl/gateway/test/support/server-guard.ts";
import { Client } from "pg";

/** The one server of a run; every contender and round has a database of its own in it. */
export interface BenchPostgres {
  readonly version: string;
  /** The server's first process. */
  readonly pid: number;
  createDatabase(): Promise<BenchDatabase>;
  stop(): Promise<void>;
}

export interface BenchDatabase {
  readonly url: string;
  /** One statement over a connection of its own, without a time limit. */
  query(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  /** Brings the store to rest, so that nobody pays for what was written before the clock starts. */
  settle(): Promise<void>;
  drop(): Promise<void>;
}

/** Starts the gateway's own PostgreSQL in a temporary folder, with fsync: only durable work counts. */
export async function startPostgres(): Promise<BenchPostgres> {
  const folder = await mkdtemp(join(tmpdir(), "wasl-bench-"));
  // Open to PostgreSQL's own user, so that the data can stay inside.
  await chmod(folder, 0o755);
  const { home } = await locate(folder);
  const server = await startEmbeddedPostgres(folder, { warn: () => undefined }, { durable: true });
  const dismissGuard = guardServer(server.pid, [folder, home]);
  const admin = new Client({ connectionString: server.connectionString });
  await admin.connect();
  const { rows } = await admin.query<{ version: string }>(
    "select current_setting('server_version') as version",
  );
  return {
    version: rows[0]?.version ?? "unknown",
    pid: server.pid,
    async createDatabase() {
      const name = `bench_${randomBytes(6).toString("hex")}`;
      await admin.query(`create database ${name} template template0`);
      const url = new URL(server.connectionString);
      url.pathname = `/${name}`;
      return openDatabase(url.href, () => admin.query(`drop database ${name} with (force)`));
    },
    async stop() {
      await admin.end();
      await server.stop();
      dismissGuard();
      await rm(folder, { recursive: true, force: true });
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function openDatabase(url: string, drop: () => Promise<unknown>): Promise<BenchDatabase> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return {
    url,
    query: async (text, values = []) => (await client.query(text, [...values])).rows,
    async settle() {
      await client.query("vacuum analyze");
      await client.query("checkpoint");
    },
    async drop() {
      await client.end();
      await drop();
    },
  };
}

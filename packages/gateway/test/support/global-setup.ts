import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { keepCallDays } from "../../src/api-log/days.ts";
import { startEmbeddedPostgres } from "../../src/database/embedded/embedded.ts";
import { locate } from "../../src/database/embedded/location.ts";
import { migrate } from "../../src/database/migrate.ts";
import { createPool } from "../../src/database/pool.ts";
import { keepDays, retentionDaysDefault } from "../../src/deliveries/days.ts";
import { guardServer } from "./server-guard.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The run's server, and the migrated database that tests clone. */
    readonly testServerUrl: string;
    readonly templateName: string;
  }
}

interface TestServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** One PostgreSQL for the whole run, and in it one migrated database to clone from. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env["WASL_TEST_DATABASE_URL"];
  const server =
    given === undefined ? await startServer() : { url: given, stop: async () => undefined };
  const templateName = `wasl_template_${randomBytes(4).toString("hex")}`;
  const admin = createPool(server.url, { connectionsMax: 1 });
  try {
    await admin.query(`create database ${templateName}`);
    await migrateTemplate(server.url, templateName);
  } catch (error) {
    await admin.end();
    await server.stop();
    throw error;
  }
  project.provide("testServerUrl", server.url);
  project.provide("templateName", templateName);
  return async () => {
    await admin.query(`drop database ${templateName} with (force)`);
    await admin.end();
    await server.stop();
  };
}

async function startServer(): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), "wasl-test-"));
  // Open to PostgreSQL's own user, so that the data can stay inside.
  await chmod(folder, 0o755);
  const { home } = await locate(folder);
  const server = await startEmbeddedPostgres(folder, { warn: () => undefined }, { durable: false });
  const dismissGuard = guardServer(server.pid, [folder, home]);
  return {
    url: server.connectionString,
    async stop() {
      await server.stop();
      dismissGuard();
      await rm(folder, { recursive: true, force: true });
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function migrateTemplate(serverUrl: string, name: string): Promise<void> {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const pool = createPool(url.href, { connectionsMax: 1 });
  try {
    await migrate(pool);
    await keepDays(pool, retentionDaysDefault);
    await keepCallDays(pool, retentionDaysDefault);
  } finally {
    await pool.end();
  }
}

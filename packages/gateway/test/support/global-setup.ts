import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { startEmbeddedPostgres } from "../../src/database/embedded/embedded.ts";
import { migrate } from "../../src/database/migrate.ts";
import { createPool } from "../../src/database/pool.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The run's server, and the migrated database that tests clone. */
    readonly testServerUrl: string;
    readonly templateName: string;
  }
}

/** One PostgreSQL for the whole run, and in it one migrated database to clone from. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "wasl-test-"));
  const given = process.env["WASL_TEST_DATABASE_URL"];
  const server =
    given === undefined
      ? await startEmbeddedPostgres(folder, { warn: () => undefined }, { durable: false })
      : { connectionString: given, stop: async () => undefined };
  const templateName = `wasl_template_${randomBytes(4).toString("hex")}`;
  const admin = createPool(server.connectionString, { connectionsMax: 1 });
  await admin.query(`create database ${templateName}`);
  const url = new URL(server.connectionString);
  url.pathname = `/${templateName}`;
  const pool = createPool(url.href, { connectionsMax: 1 });
  await migrate(pool);
  await pool.end();
  project.provide("testServerUrl", server.connectionString);
  project.provide("templateName", templateName);
  return async () => {
    await admin.query(`drop database ${templateName} with (force)`);
    await admin.end();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
}

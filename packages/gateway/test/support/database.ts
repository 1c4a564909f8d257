import { randomBytes } from "node:crypto";
import type { Pool } from "pg";
import { inject } from "vitest";
import { createPool } from "../../src/database/pool.ts";
import { leaveDatabase, watchDatabase } from "./response-check.ts";

export interface TestDatabase {
  readonly url: string;
  readonly pool: Pool;
  drop(): Promise<void>;
}

/** A database of the test's own, with all migrations applied. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const database = await create(inject("templateName"));
  watchDatabase(database.pool);
  return database;
}

/** A database of the test's own, without a single table. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  return create("template0");
}

async function create(template: string): Promise<TestDatabase> {
  const name = `wasl_${randomBytes(6).toString("hex")}`;
  const admin = createPool(inject("testServerUrl"), { connectionsMax: 1 });
  await admin.query(`create database ${name} template ${template} strategy file_copy`);
  const url = new URL(inject("testServerUrl"));
  url.pathname = `/${name}`;
  const pool = createPool(url.href);
  return {
    url: url.href,
    pool,
    async drop() {
      await leaveDatabase(pool);
      await pool.end();
      await admin.query(`drop database ${name} with (force)`);
      await admin.end();
    },
  };
}

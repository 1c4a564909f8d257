import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Pool } from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createEmptyDatabase, type TestDatabase } from "../../test/support/database.ts";
import {
  migrate,
  MigrationError,
  refuseOldServer,
  migrationsFolder,
  readMigrations,
} from "./migrate.ts";
import { createPool } from "./pool.ts";

let database: TestDatabase;
let folder: string;

beforeEach(async () => {
  database = await createEmptyDatabase();
  folder = await mkdtemp(join(tmpdir(), "wasl-migrations-"));
  await write("000001-notes.sql", "create table note (text text);\ncreate index on note (text);");
  await write("000002-first-note.sql", "insert into note values ('first');");
});

afterEach(async () => {
  await database.drop();
  await rm(folder, { recursive: true });
});

async function write(name: string, sql: string): Promise<void> {
  await writeFile(join(folder, name), sql);
}

async function notes(): Promise<unknown[]> {
  return (await database.pool.query("select text from note")).rows;
}

async function applied(pool: Pool): Promise<unknown[]> {
  const { rows } = await pool.query<{ name: string }>("select name from migration order by number");
  return rows.map(({ name }) => name);
}

describe("migrate", () => {
  it("applies what is missing, in order, and nothing twice", async () => {
    expect(await migrate(database.pool, folder)).toEqual([
      "000001-notes.sql",
      "000002-first-note.sql",
    ]);
    await write("000003-second-note.sql", "insert into note values ('second');");
    expect(await migrate(database.pool, folder)).toEqual(["000003-second-note.sql"]);
    expect(await migrate(database.pool, folder)).toEqual([]);
    expect(await notes()).toEqual([{ text: "first" }, { text: "second" }]);
  });

  it("lets processes that start at once take turns", async () => {
    await write("000003-slow.sql", "select pg_sleep(0.2); insert into note values ('slow');");
    const pools = [1, 2, 3, 4].map(() => createPool(database.url, { connectionsMax: 1 }));
    const done = await Promise.all(pools.map((pool) => migrate(pool, folder)));
    await Promise.all(pools.map((pool) => pool.end()));
    expect(done.flat()).toEqual(["000001-notes.sql", "000002-first-note.sql", "000003-slow.sql"]);
    expect(await notes()).toEqual([{ text: "first" }, { text: "slow" }]);
  });

  it("keeps nothing of a migration that fails, and all before it", async () => {
    await write("000003-broken.sql", "insert into note values ('half'); select 1 / 0;");
    await expect(migrate(database.pool, folder)).rejects.toThrow("division by zero");
    expect(await notes()).toEqual([{ text: "first" }]);
    expect(await applied(database.pool)).toEqual(["000001-notes.sql", "000002-first-note.sql"]);

    await write("000003-broken.sql", "insert into note values ('whole');");
    expect(await migrate(database.pool, folder)).toEqual(["000003-broken.sql"]);
  });

  it("leaves the connection as it found it", async () => {
    const pool = createPool(database.url, { connectionsMax: 1 });
    await migrate(pool, folder);
    const { rows } = await pool.query("show statement_timeout");
    await pool.end();
    expect(rows).toEqual([{ statement_timeout: "15s" }]);
  });

  it("refuses a database whose migration was changed afterwards", async () => {
    await migrate(database.pool, folder);
    await write("000002-first-note.sql", "insert into note values ('another');");
    const refused = migrate(database.pool, folder);
    await expect(refused).rejects.toThrow(MigrationError);
    await expect(refused).rejects.toThrow("000002-first-note.sql was changed after it was applied");
  });

  it("does not take other line ends for a change", async () => {
    await migrate(database.pool, folder);
    await write(
      "000001-notes.sql",
      "create table note (text text);\r\ncreate index on note (text);",
    );
    expect(await migrate(database.pool, folder)).toEqual([]);
  });

  it("refuses a database that is newer than the program", async () => {
    await migrate(database.pool, folder);
    await rm(join(folder, "000002-first-note.sql"));
    await expect(migrate(database.pool, folder)).rejects.toThrow(
      "the database has migration 000002-first-note.sql, which this version does not know",
    );
  });
});

it("refuses a server older than 15 by its number", () => {
  expect(() => refuseOldServer(140_012)).toThrow("PostgreSQL 14: 15 or newer is needed");
  expect(() => refuseOldServer(150_018)).not.toThrow();
});

describe("readMigrations", () => {
  it("refuses a gap", async () => {
    await write("000004-late.sql", "select 1;");
    await expect(readMigrations(folder)).rejects.toThrow("000004-late.sql");
  });

  it("refuses a number used twice", async () => {
    await write("000002-other.sql", "select 1;");
    await expect(readMigrations(folder)).rejects.toThrow("000002-other.sql");
  });

  it("refuses a name out of shape", async () => {
    await write("000003 notes.sql", "select 1;");
    await expect(readMigrations(folder)).rejects.toThrow(MigrationError);
  });

  it("reads every one of Wasl's own", async () => {
    const files = (await readdir(migrationsFolder)).filter((name) => name !== "schema.sql");
    const migrations = await readMigrations(migrationsFolder);
    expect(migrations.map(({ name }) => name)).toEqual(files.toSorted());
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { inTransaction } from "./pool.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  await database.pool.query("create table note (text text not null, amount bigint)");
});

afterAll(() => database.drop());

async function notes(): Promise<string[]> {
  const { rows } = await database.pool.query<{ text: string }>("select text from note order by 1");
  return rows.map(({ text }) => text);
}

describe("a pool", () => {
  it("reads bigint columns beyond the safe integers of floats", async () => {
    const amount = 9_007_199_254_740_993n;
    const { rows } = await database.pool.query("select $1::bigint as amount", [amount]);
    expect(rows).toEqual([{ amount }]);
  });

  it("bounds every statement", async () => {
    const { rows } = await database.pool.query("show statement_timeout");
    expect(rows).toEqual([{ statement_timeout: "15s" }]);
  });
});

describe("inTransaction", () => {
  it("keeps all of it", async () => {
    const result = await inTransaction(database.pool, async (client) => {
      await client.query("insert into note values ('a'), ('b')");
      return 2;
    });
    expect(result).toBe(2);
    expect(await notes()).toEqual(["a", "b"]);
  });

  it("keeps nothing when the work throws, and throws that on", async () => {
    const before = await notes();
    const broken = inTransaction(database.pool, async (client) => {
      await client.query("insert into note values ('c')");
      throw new Error("changed our mind");
    });
    await expect(broken).rejects.toThrow("changed our mind");
    expect(await notes()).toEqual(before);
  });

  it("survives a connection that breaks between two statements", async () => {
    const before = await notes();
    const broken = inTransaction(database.pool, async (client) => {
      const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
      await client.query("insert into note values ('d')");
      const ended = new Promise<void>((resolve) => client.once("end", () => resolve()));
      await database.pool.query("select pg_terminate_backend($1)", [rows[0]?.pid]);
      await ended;
      await client.query("insert into note values ('e')");
    });
    await expect(broken).rejects.toThrow(/not queryable|terminat|closed/i);
    expect(await notes()).toEqual(before);
  });
});

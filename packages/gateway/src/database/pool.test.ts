import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database.drop());

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

  it("survives a connection that breaks while it is held", async () => {
    const client = await database.pool.connect();
    const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
    const ended = new Promise<void>((resolve) => client.once("end", () => resolve()));
    await database.pool.query("select pg_terminate_backend($1)", [rows[0]?.pid]);
    await ended;
    await expect(client.query("select 1")).rejects.toThrow(/not queryable|terminat|closed/i);
    client.release(true);
    expect((await database.pool.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  });
});

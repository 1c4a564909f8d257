import { describe, expect, it } from "vitest";
import { Loop } from "./loop.ts";

const soon = (ms: number) =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

describe("a loop", () => {
  it("runs at once, then when kicked, and never twice at once", async () => {
    let runs = 0;
    let running = 0;
    const loop = new Loop(
      async () => {
        running += 1;
        expect(running).toBe(1);
        await soon(2);
        running -= 1;
        runs += 1;
        return 60_000;
      },
      () => undefined,
    );
    loop.kick();
    await soon(20);
    expect(runs).toBe(2);
    loop.kick();
    await loop.stop();
    expect(runs).toBe(2);
  });

  it("survives failures, reports each, and does not hurry after them", async () => {
    const failures: unknown[] = [];
    const loop = new Loop(
      () => Promise.reject(new Error("no database")),
      (error) => failures.push(error),
    );
    await soon(5);
    loop.kick();
    await soon(20);
    expect(failures).toHaveLength(1);
    await soon(280);
    expect(failures).toHaveLength(2);
    await loop.stop();
  });
});

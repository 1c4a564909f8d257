import { describe, expect, it } from "vitest";
import { BatchWriter } from "./batch-writer.ts";

const patient = { gatherFromRows: 8 };

describe("a batch writer", () => {
  it("gathers while it writes", async () => {
    const batches: number[][] = [];
    const writer = new BatchWriter<number>(
      async (batch) => {
        batches.push([...batch]);
        await new Promise((resolve) => {
          setTimeout(resolve, 5);
        });
      },
      () => undefined,
      patient,
    );
    writer.add(1);
    writer.add(2);
    await new Promise((resolve) => {
      setTimeout(resolve, 2);
    });
    writer.add(3);
    writer.add(4);
    expect(writer.unwritten).toBe(4);
    await writer.drained();
    expect(batches).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(writer.unwritten).toBe(0);
  });

  it.each([
    ["goes on at once while there is little", { gatherFromRows: 8 }, [[1], [2], [3]]],
    ["waits for company where it is told to", { gatherFromRows: 1 }, [[1], [2, 3]]],
  ])("%s", async (_name, gather, expected) => {
    const batches: number[][] = [];
    const writer = new BatchWriter<number>(
      async (batch) => void batches.push([...batch]),
      () => undefined,
      gather,
    );
    for (const number of [1, 2, 3]) {
      writer.add(number);
      await new Promise(setImmediate);
    }
    await writer.drained();
    expect(batches).toEqual(expected);
  });

  it.each(["22P02", "0A000", "54000"])(
    "gives up an item alone that is refused with %s",
    async (code) => {
      const refusal = Object.assign(new Error("no"), { code });
      const written: number[] = [];
      const dropped: (number | undefined)[] = [];
      const writer = new BatchWriter<number>(
        async (batch) => {
          if (batch.includes(2)) throw refusal;
          written.push(...batch);
        },
        (_error, item) => dropped.push(item),
        patient,
      );
      for (const number of [1, 2, 3]) writer.add(number);
      await writer.drained();
      expect(written).toEqual([1, 3]);
      expect(dropped).toEqual([2]);
    },
  );

  it("tries again while the database is away, and loses nothing", async () => {
    let away = 2;
    const written: number[] = [];
    const failures: (number | undefined)[] = [];
    const writer = new BatchWriter<number>(
      async (batch) => {
        away -= 1;
        if (away >= 0) throw Object.assign(new Error("gone"), { code: "57P01" });
        written.push(...batch);
      },
      (_error, item) => failures.push(item),
      patient,
    );
    writer.add(1);
    await writer.drained();
    expect(written).toEqual([1]);
    expect(failures).toEqual([undefined, undefined]);
  });

  it("can be told to give up", async () => {
    const dropped: (number | undefined)[] = [];
    const writer = new BatchWriter<number>(
      () => Promise.reject(new Error("gone")),
      (_error, item) => dropped.push(item),
      patient,
    );
    writer.abandon();
    writer.add(1);
    await writer.drained();
    expect(dropped).toEqual([1]);
  });
});

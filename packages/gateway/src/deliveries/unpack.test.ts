import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { unpackGzip } from "./unpack.ts";

const text = Buffer.from("Hello, ".repeat(1000));

describe("unpacking", () => {
  it("gives back what was packed", async () => {
    expect((await unpackGzip(gzipSync(text), 65_536)).equals(text)).toBe(true);
  });

  it("gives the beginning of what is larger than wanted", async () => {
    const some = await unpackGzip(gzipSync(text), 100);
    expect(some.equals(text.subarray(0, 100))).toBe(true);
  });

  it("gives what can be had of what was cut", async () => {
    const packed = gzipSync(text, { level: 0 });
    const some = await unpackGzip(packed.subarray(0, 1000), 65_536);
    expect(some.length).toBeGreaterThan(900);
    expect(some.equals(text.subarray(0, some.length))).toBe(true);
  });

  it.each([
    ["nothing", Buffer.alloc(0)],
    ["what is not packed", Buffer.from("<html>")],
    ["garbage behind the packed", Buffer.concat([gzipSync("short"), Buffer.from("garbage")])],
    ["a head alone", gzipSync(text).subarray(0, 10)],
  ])("gives nothing for %s", async (_name, bytes) => {
    expect(await unpackGzip(bytes, 65_536)).toHaveLength(0);
  });

  it("gives both of two parts", async () => {
    const packed = Buffer.concat([gzipSync("one "), gzipSync("two")]);
    expect((await unpackGzip(packed, 65_536)).toString()).toBe("one two");
  });

  it.each([1, 63, 1024, 65_536])("of a bomb gives %i bytes, and no more", async (bytesMax) => {
    const bomb = gzipSync(Buffer.alloc(128 * 1024 * 1024));
    expect(await unpackGzip(bomb, bytesMax)).toHaveLength(bytesMax);
  });

  it("of a bomb in a bomb unpacks the outer one only", async () => {
    const inner = gzipSync(Buffer.alloc(8 * 1024 * 1024));
    expect((await unpackGzip(gzipSync(inner), 65_536)).equals(inner)).toBe(true);
  });
});

import { describe, expect, test } from "vitest";
import { isCrossSite, isForwarded, isLocalVisitor } from "./local-visitor.ts";

const here = { address: "127.0.0.1", host: "127.0.0.1:4400", forwarded: false };
const isLocal = (changes: Partial<typeof here>) => isLocalVisitor({ ...here, ...changes });

describe("a visitor is local", () => {
  test.each(["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"])("from %s", (address) => {
    expect(isLocal({ address })).toBe(true);
  });

  test.each(["localhost:4400", "LOCALHOST", "[::1]:4400", "wasl.localhost"])(
    "asking for %s",
    (host) => {
      expect(isLocal({ host })).toBe(true);
    },
  );
});

describe("a visitor is not local", () => {
  test.each(["10.0.0.7", "::ffff:10.0.0.7", "1127.0.0.1", "127.0.0.1.evil", ""])(
    "from %s",
    (address) => {
      expect(isLocal({ address })).toBe(false);
    },
  );

  test.each([
    "evil.example",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "evil.example:4400",
    "localhost@evil.example",
    "evil.example#localhost",
    "",
  ])("asking for %s", (host) => {
    expect(isLocal({ host })).toBe(false);
  });

  test("behind a proxy or a tunnel", () => {
    expect(isLocal({ forwarded: true })).toBe(false);
    expect(isForwarded({ "x-forwarded-for": "203.0.113.9" })).toBe(true);
    expect(isForwarded({ via: "1.1 tunnel" })).toBe(true);
    expect(isForwarded({ host: "localhost" })).toBe(false);
  });
});

test("a form of another site is told by the browser's own header", () => {
  expect(["cross-site", "same-site"].map(isCrossSite)).toEqual([true, true]);
  expect(["same-origin", "none", undefined].map(isCrossSite)).toEqual([false, false, false]);
});

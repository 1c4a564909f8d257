import { expect, test } from "vitest";
import { createClientLimiter } from "./client-limit.ts";

/** At 20 s of a minute, and as much later as is said. */
function limiter() {
  let now = new Date("2026-05-01T10:00:20Z").getTime();
  const clients = createClientLimiter({ clock: { now: () => new Date(now) } });
  const admit = (act: string, address: string, limit: number) => clients.admit(act, address, limit);
  return { admit, pass: (ms: number) => (now += ms) };
}

test("a client is counted by the minute, and told how long it lasts", () => {
  const { admit, pass } = limiter();
  const press = () => admit("1 link", "203.0.114.9", 2);
  expect([press(), press(), press(), press()]).toEqual([undefined, undefined, 40, 40]);
  pass(39_500);
  expect(press()).toBe(1);
  pass(500);
  expect([press(), press(), press()]).toEqual([undefined, undefined, 60]);
});

test("other clients and other acts are counted by themselves", () => {
  const { admit } = limiter();
  const wait = (act: string, address: string) => admit(act, address, 1) !== undefined;
  expect(wait("1 link", "203.0.114.9")).toBe(false);
  expect(wait("1 link", "203.0.114.10")).toBe(false);
  expect(wait("2 link", "203.0.114.9")).toBe(false);
  expect(wait("1 link", "203.0.114.9")).toBe(true);
});

test.each([
  ["of one IPv6 network", "2a01:4f8:1:2::1", "2a01:4f8:1:2:ffff::9", true],
  ["of two IPv6 networks", "2a01:4f8:1:2::1", "2a01:4f8:1:3::1", false],
  ["of IPv4, written as IPv6", "::ffff:81.2.3.4", "::ffff:81.2.3.5", false],
  ["that are one, written in two ways", "::ffff:81.2.3.4", "81.2.3.4", true],
])("two addresses %s: the same client is %j, %j: %j", (_name, first, second, same) => {
  const { admit } = limiter();
  expect(admit("1 link", first, 1)).toBeUndefined();
  expect(admit("1 link", second, 1) !== undefined).toBe(same);
});

test.each(["127.0.0.1", "::1", "::ffff:127.0.0.1", "10.1.2.3", "192.168.0.9", "fd00::1", "", "x"])(
  "%j, which nobody comes from over the internet, is not counted",
  (address) => {
    const { admit } = limiter();
    expect([1, 2, 3].map(() => admit("1 link", address, 1))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  },
);

const address = (n: number) => `81.${n >> 16}.${(n >> 8) & 255}.${n & 255}`;

test("of very many clients the ones that were seen last are remembered", () => {
  const { admit } = limiter();
  for (let n = 0; n < 10_000; n += 1) admit("1 link", address(n), 2);
  admit("1 link", address(0), 2);
  admit("1 link", address(10_000), 2);
  expect(admit("1 link", address(0), 2)).toBe(40);
  // Number 1 was forgotten.
  expect([1, 2].map(() => admit("1 link", address(1), 2))).toEqual([undefined, undefined]);
});

import { expect, test } from "vitest";
import { clientAddress } from "./client-address.ts";

const socket = { remoteAddress: "10.0.0.7" };

test.each([
  ["203.0.113.9", "203.0.113.9"],
  ["203.0.113.9:4711", "203.0.113.9"],
  ["2001:db8::1", "2001:db8::1"],
  ["[2001:db8::1]", "2001:db8::1"],
  ["[2001:db8::1]:4711", "2001:db8::1"],
  ["::ffff:203.0.113.9", "::ffff:203.0.113.9"],
  ["unknown", "10.0.0.7"],
  ["_hidden", "10.0.0.7"],
  ["", "10.0.0.7"],
])("%j is the client %s", (ip, client) => {
  expect(clientAddress({ ip, socket })).toBe(client);
});

test("who has gone before anybody asked has no address", () => {
  expect(clientAddress({ ip: undefined, socket: {} })).toBe("");
});

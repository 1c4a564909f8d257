import Fastify from "fastify";
import { expect, test } from "vitest";
import { clientAddress, tellUnnamedProxy } from "./client-address.ts";

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

test.each<[who: string, trustProxy: string[], headers: Record<string, string>, told: string[]]>([
  ["a proxy that is not named, once", [], { "x-forwarded-for": "203.0.113.9" }, ["10.0.0.7"]],
  ["no proxy that is named", ["10.0.0.7"], { "x-forwarded-for": "203.0.113.9" }, []],
  ["no client that comes by itself", [], {}, []],
])("the log tells of %s", async (_who, trustProxy, headers, told) => {
  const lines: unknown[] = [];
  const app = Fastify({ trustProxy });
  tellUnnamedProxy(app, { warn: (facts: { address: string }) => void lines.push(facts.address) });
  app.get("/", () => "");
  for (let request = 0; request < 2; request += 1) {
    await app.inject({ url: "/", remoteAddress: "10.0.0.7", headers });
  }
  await app.close();
  expect(lines).toEqual(told);
});

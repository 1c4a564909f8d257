import { afterEach, describe, expect, it } from "vitest";
import { type NameAnswer, startNameServer } from "../../test/support/name-server.ts";
import { OwnFault } from "./own-fault.ts";
import { createPublicResolver } from "./resolve.ts";

const cleanups: (() => void)[] = [];

afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** A resolver that asks one server of the test, and gives up on silence soon. */
async function resolver(answerTo: (name: string, type: string) => NameAnswer, silenceMs = 100) {
  const server = await startNameServer(answerTo);
  cleanups.push(() => server.close());
  return createPublicResolver([server.address], silenceMs);
}

describe("a public resolver", () => {
  it("gives all addresses of a name", async () => {
    const resolve = await resolver((_name, type) => (type === "A" ? ["10.0.0.1", "1.1.1.1"] : []));
    expect(await resolve("shop.test")).toEqual(["10.0.0.1", "1.1.1.1"]);
  });

  it("makes do with one family when the server drops the other", async () => {
    const resolve = await resolver(
      (_name, type) => (type === "A" ? ["1.1.1.1"] : "silence"),
      60_000,
    );
    expect(await resolve("shop.test")).toEqual(["1.1.1.1"]);
  });

  it.each([
    ["NXDOMAIN" as const, "ENOTFOUND"],
    ["SERVFAIL" as const, "ESERVFAIL"],
    [[], "ENODATA"],
  ])("tells %j as %s", async (answer, code) => {
    const resolve = await resolver(() => answer);
    await expect(resolve("shop.test")).rejects.toMatchObject({ code });
  });

  it("prefers a failure to an empty answer of the other family", async () => {
    const resolve = await resolver((_name, type) => (type === "A" ? "SERVFAIL" : []));
    await expect(resolve("shop.test")).rejects.toMatchObject({ code: "ESERVFAIL" });
  });

  it("holds silence against the name while the server answers for the root", async () => {
    const resolve = await resolver((name) => (name === "" ? "REFUSED" : "silence"));
    await expect(resolve("shop.test")).rejects.toMatchObject({ code: "ETIMEOUT" });
  });

  it("holds a refusal against the name while the server answers for the root", async () => {
    const resolve = await resolver((name) => (name === "" ? [] : "REFUSED"));
    await expect(resolve("shop.test")).rejects.toMatchObject({ code: "EREFUSED" });
  });

  it("holds a refusal against the server when it refuses the root too", async () => {
    const resolve = await resolver(() => "REFUSED");
    await expect(resolve("shop.test")).rejects.toMatchObject({ code: "WASL_NAME_SERVERS" });
  });

  it("holds silence against the server when it is silent to all, each time anew", async () => {
    let root: NameAnswer = [];
    const resolve = await resolver((name) => (name === "" ? root : "silence"));
    await expect(resolve("shop.test")).rejects.not.toBeInstanceOf(OwnFault);
    root = "silence";
    await expect(resolve("shop.test")).rejects.toBeInstanceOf(OwnFault);
  });
});

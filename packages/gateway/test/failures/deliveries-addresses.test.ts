import { describe, expect, it } from "vitest";
import { createPublicResolver } from "../../src/deliveries/resolve.ts";
import { startNameServer } from "../support/name-server.ts";
import { answer, reset } from "../support/receiver.ts";
import { attempt, held, leadsTo, useSending } from "../support/sending.ts";

const { onEnd, receiver, sockets } = useSending();

describe("the address guard", () => {
  it.each([
    ["a private answer", ["10.0.0.5"], "shop.test leads to 10.0.0.5, which is a private network"],
    ["one private answer among public ones", ["93.184.215.14", "127.0.0.1"], "127.0.0.1"],
    ["one private answer behind public ones of IPv6", ["2606:4700::1111", "fd00::1"], "fd00::1"],
    ["an IPv4-mapped answer", ["::ffff:127.0.0.1"], "loopback"],
    ["a NAT64 answer", ["64:ff9b::7f00:1"], "loopback"],
    ["a 6to4 answer", ["2002:7f00:1::1"], "loopback"],
    ["a metadata service", ["169.254.169.254"], "a cloud metadata service"],
    ["a metadata service in NAT64", ["64:ff9b::a9fe:a9fe"], "a cloud metadata service"],
    ["what is no address", ["127.1"], "not an address"],
  ])("dials nothing for %s", async (_name, addresses, detail) => {
    const shop = await receiver();
    const url = `http://shop.test:${shop.port}/cb`;
    const by = sockets({ resolvePublic: leadsTo(...addresses) });
    const completion = await attempt(held(url, false), by);
    expect(completion).toMatchObject({ verdict: "policy_private_address", weight: "nothing" });
    expect(completion.detail).toContain(detail);
    expect(shop.connections).toBe(0);
  });

  it("dials nothing when real name servers say so", async () => {
    const server = await startNameServer((_name, type) => {
      return type === "A" ? ["93.184.215.14", "127.0.0.1"] : [];
    });
    onEnd(() => server.close());
    const shop = await receiver();
    const by = sockets({ resolvePublic: createPublicResolver([server.address]) });
    const completion = await attempt(held(`http://shop.test:${shop.port}/cb`, false), by);
    expect(completion.verdict).toBe("policy_private_address");
    expect(shop.connections).toBe(0);
  });

  it.each([
    "127.0.0.1",
    "[::ffff:7f00:1]",
    "[::1]",
    "[64:ff9b::7f00:1]",
    "0x7f.1",
    "2130706433",
    "0177.0.0.1",
  ])("checks the literal %s", async (host) => {
    const shop = await receiver();
    const completion = await attempt(held(`http://${host}:${shop.port}/cb`, false), sockets());
    expect(completion.verdict).toBe("policy_private_address");
    expect(shop.connections).toBe(0);
  });

  it("keeps metadata services out of reach of relaxed profiles", async () => {
    const by = sockets({ resolveLocal: leadsTo("169.254.169.254") });
    const completion = await attempt(held("http://shop.test/cb"), by);
    expect(completion.verdict).toBe("policy_private_address");
  });

  it("dials what it checked: a name rebound in between gains nothing", async () => {
    const shop = await receiver({ behaviour: answer(200, "", { connection: "close" }) });
    let asked = 0;
    // Good when it is checked, and a metadata service ever after.
    const resolveLocal = () => {
      asked += 1;
      return Promise.resolve(asked === 1 ? ["127.0.0.1"] : ["169.254.169.254"]);
    };
    const by = sockets({ resolveLocal });
    const url = `http://shop.test:${shop.port}/cb`;
    expect(await attempt(held(url), by)).toMatchObject({
      verdict: "ok",
      report: { address: "127.0.0.1" },
    });
    expect(asked).toBe(1);
    expect((await attempt(held(url), by)).verdict).toBe("policy_private_address");
    expect(asked).toBe(2);
  });

  it("checks anew when a kept-alive connection turns out to be dead", async () => {
    const shop = await receiver();
    let addresses = ["127.0.0.1"];
    const by = sockets({ resolveLocal: () => Promise.resolve(addresses) });
    const url = `http://shop.test:${shop.port}/cb`;
    await attempt(held(url), by);
    addresses = ["169.254.169.254"];
    shop.behave(reset);
    expect((await attempt(held(url), by)).verdict).toBe("policy_private_address");
  });

  it("never lends a relaxed connection to a strict delivery of the same lane", async () => {
    const shop = await receiver();
    const by = sockets();
    await attempt(held(`${shop.url}/cb`), by);
    const strict = await attempt(held(`${shop.url}/cb`, false), by);
    expect(strict.verdict).toBe("policy_private_address");
    expect(shop.requests).toHaveLength(1);
  });
});

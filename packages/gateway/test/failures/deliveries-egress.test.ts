import { describe, expect, it } from "vitest";
import { OwnFault } from "../../src/deliveries/own-fault.ts";
import type { SocketsPolicy } from "../../src/deliveries/sockets.ts";
import { issueCertificate } from "../support/certificates.ts";
import { type ProxyMove, startProxy, type TestProxy } from "../support/egress-proxy.ts";
import { answer, hang, reset } from "../support/receiver.ts";
import { attempt, held, useSending } from "../support/sending.ts";

const { onEnd, receiver, sockets } = useSending();

const authority = issueCertificate({ commonName: "Test authority", isAuthority: true });
const ca = [authority.cert];
const shopTls = issueCertificate({
  commonName: "shop",
  dnsNames: ["shop.test"],
  issuer: authority,
});

async function proxy(...how: Parameters<typeof startProxy>): Promise<TestProxy> {
  const started = await startProxy(...how);
  onEnd(() => started.close());
  return started;
}

const never = () => Promise.reject(new Error("the proxy resolves names"));

/** Sockets that leave through this proxy, and that have no other way to resolve a name. */
function through(by: { readonly url: URL }, policy: Partial<SocketsPolicy> = {}) {
  return sockets({ egressProxy: by.url, resolvePublic: never, resolveLocal: never, ...policy });
}

/** What comes of an attempt when the proxy answers its CONNECT so. */
async function after(move: ProxyMove) {
  const by = await proxy();
  by.move(move);
  return attempt(held("https://shop.test/cb", false), through(by));
}

const says = (head: string) => ({ say: `HTTP/1.1 ${head}\r\n\r\n` });

describe("through an egress proxy", () => {
  it("go http deliveries, by CONNECT, with the Host of the target", async () => {
    const [by, shop] = [await proxy(), await receiver()];
    const completion = await attempt(held(`http://shop.test:${shop.port}/cb`, false), through(by));
    expect(completion).toMatchObject({ verdict: "ok", detail: "200" });
    expect(by.asked).toEqual([`shop.test:${shop.port}`]);
    expect(by.credentials).toEqual([undefined]);
    expect(shop.requests[0]?.headers["host"]).toBe(`shop.test:${shop.port}`);
    expect(completion.report).not.toHaveProperty("address");
    expect(completion.report.timings).toHaveProperty("connectMs");
    expect(completion.report.timings).not.toHaveProperty("dnsMs");
  });

  it("go https deliveries, with TLS from us to the target", async () => {
    const [by, shop] = [await proxy(), await receiver({ tls: shopTls })];
    const url = `https://shop.test:${shop.port}/cb`;
    const to = through(by, { ca });
    expect((await attempt(held(url, false), to)).verdict).toBe("ok");
    expect((await attempt(held(url, false), to)).verdict).toBe("ok");
    // The tunnel is kept alive, as a connection is.
    expect(by.asked).toEqual([`shop.test:${shop.port}`]);
  });

  it("goes even to a proxy that is itself behind TLS", async () => {
    const names = ["proxy.test", "localhost"];
    const tls = issueCertificate({ commonName: "proxy", dnsNames: names, issuer: authority });
    const [by, shop] = [await proxy(tls), await receiver({ tls: shopTls })];
    by.url.hostname = "localhost";
    const completion = await attempt(
      held(`https://shop.test:${shop.port}/cb`, false),
      through(by, { ca }),
    );
    expect(completion.verdict).toBe("ok");
  });

  it("goes a literal address of IPv6 in brackets, if it is public", async () => {
    const by = await proxy();
    by.move(says("502 Bad Gateway"));
    const url = "https://[2606:4700::1111]/cb";
    const completion = await attempt(held(url, false), through(by));
    expect(by.asked).toEqual(["[2606:4700::1111]:443"]);
    expect(completion.report.address).toBe("2606:4700::1111");
  });

  it("goes no literal address that is private: the proxy is not even asked", async () => {
    const by = await proxy();
    for (const host of ["127.0.0.1", "[::ffff:10.0.0.1]", "[64:ff9b::a9fe:a9fe]"]) {
      const completion = await attempt(held(`http://${host}/cb`, false), through(by));
      expect(completion.verdict).toBe("policy_private_address");
    }
    expect(by.asked).toEqual([]);
  });

  it("checks certificates against the target, not the proxy", async () => {
    const by = await proxy();
    const shop = await receiver({ tls: shopTls });
    const url = `https://other.test:${shop.port}/cb`;
    const completion = await attempt(held(url, false), through(by, { ca }));
    expect(completion).toMatchObject({ verdict: "tls_name", detail: /shop\.test/ });
    await expect.poll(() => by.open).toBe(0);
  });

  it("closes the tunnel with the client", async () => {
    const [by, shop] = [await proxy(), await receiver({ tls: shopTls })];
    const to = through(by, { ca });
    await attempt(held(`https://shop.test:${shop.port}/cb`, false), to);
    expect(by.open).toBe(1);
    await to.close();
    await expect.poll(() => by.open).toBe(0);
  });

  it("sends credentials, and shows them nowhere", async () => {
    const [by, shop] = [await proxy(), await receiver()];
    by.url.username = "wasl";
    by.url.password = "p%40ss:ü";
    const url = `http://shop.test:${shop.port}/cb`;
    await attempt(held(url, false), through(by));
    const sent = by.credentials[0]?.replace(/^Basic /, "") ?? "";
    expect(Buffer.from(sent, "base64").toString()).toBe("wasl:p@ss:ü");

    by.move(says("407 Proxy Authentication Required"));
    const fault: unknown = await attempt(held(url, false), through(by)).catch((e: unknown) => e);
    expect(fault).toBeInstanceOf(OwnFault);
    const shown = JSON.stringify(fault, Object.getOwnPropertyNames(fault));
    expect(shown).toContain("407");
    expect(shown).not.toMatch(/wasl|p@ss|p%40ss|ü/);
    expect(shown).not.toContain(sent);
  });
});

describe("the proxy speaks of the destination", () => {
  it.each([
    ["502 Bad Gateway", "unreachable"],
    ["504 Gateway Timeout", "connect_timeout"],
    ["502 Bad Gateway\r\nProxy-Status: p; error=connection_refused", "refused"],
    [
      '503 No\r\nProxy-Status: p; details="; error=dns_error"; error=connection_timeout',
      "connect_timeout",
    ],
    ["403 No\r\nProxy-Status: p; error=destination_ip_prohibited", "policy_private_address"],
    ["502 No\r\nproxy-status: p;error=dns_error;rcode=NXDOMAIN", "dns"],
    ["503 Service Unavailable\r\nX-Squid-Error: ERR_CONNECT_FAIL 111", "refused"],
    ["503 Service Unavailable\r\nX-Squid-Error: ERR_DNS_FAIL 0", "dns"],
    [
      "407 Request rejected by proxy\r\nX-Smokescreen-Error: Egress proxying is denied to host " +
        "'shop.test:443': The destination address (10.0.0.1) was denied by rule 'Deny: Private Range'.",
      "policy_private_address",
    ],
    [
      "502 Bad gateway\r\nX-Smokescreen-Error: Failed to connect to remote host: dial tcp " +
        "192.0.43.7:443: connect: connection refused",
      "refused",
    ],
    [
      "407 Request rejected by proxy\r\nX-Smokescreen-Error: Egress proxying is denied to host " +
        "'shop.test:443': lookup shop.test: no such host.",
      "dns",
    ],
    ["500 Unable to connect", "unreachable"],
  ])("by %j", async (head, verdict) => {
    const completion = await after(says(head));
    expect(completion.verdict).toBe(verdict);
    expect(completion.detail).toContain("the egress proxy answered");
  });

  it("by 403, once it has let us through to another", async () => {
    const [by, shop] = [await proxy(), await receiver()];
    const to = through(by);
    by.move(says("403 Forbidden"));
    await expect(attempt(held("https://shop.test/cb", false), to)).rejects.toBeInstanceOf(OwnFault);
    by.move("tunnel");
    await attempt(held(`http://shop.test:${shop.port}/cb`, false), to);
    by.move(says("403 Forbidden"));
    const completion = await attempt(held("https://shop.test/cb", false), to);
    expect(completion).toMatchObject({ verdict: "policy_private_address", weight: "nothing" });
  });

  it("by silence, while it answers for itself", async () => {
    const by = await proxy();
    by.move("silence");
    const completion = await attempt(held("https://shop.test/cb", false), through(by));
    expect(completion.verdict).toBe("connect_timeout");
    expect(by.pulses).toBe(1);
  });

  it("and so does what comes through the tunnel", async () => {
    const [by, shop] = [await proxy(), await receiver()];
    const url = `http://shop.test:${shop.port}/cb`;
    const verdictOf = async (behaviour: Parameters<typeof shop.behave>[0]) => {
      shop.behave(behaviour);
      return (await attempt(held(url, false), through(by))).verdict;
    };
    expect(await verdictOf(reset)).toBe("reset");
    expect(await verdictOf(hang)).toBe("slow");
    expect(await verdictOf(answer(500))).toBe("app_error");
  });

  it.each(["SSH-2.0-OpenSSH_9.9\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"])(
    "but a tunnel that says %j before it is asked is not opened over and over",
    async (early) => {
      const by = await proxy();
      by.move({ say: `HTTP/1.1 200 OK\r\n\r\n${early}` });
      const plain = await attempt(held("http://shop.test/cb", false), through(by));
      expect(plain.verdict).toBe("bad_answer");
      expect(by.asked.length).toBeLessThanOrEqual(2);
      const secure = await attempt(held("https://shop.test/cb", false), through(by));
      expect(secure.verdict).toBe("tls");
      expect(by.asked.length).toBeLessThanOrEqual(3);
    },
  );
});

describe("the proxy's own fault is never the merchant's", () => {
  const fault = { name: "OwnFault", code: "WASL_EGRESS_PROXY" };

  it.each([
    "407 Proxy Authentication Required",
    "403 Forbidden",
    "500 Internal Server Error",
    "503 Service Unavailable",
    "503 Service Unavailable\r\nX-Squid-Error: ERR_CANNOT_FORWARD 0",
    "502 Bad Gateway\r\nProxy-Status: p; error=proxy_internal_error",
    "407 Request rejected by proxy\r\nX-Smokescreen-Error: Egress proxying is denied to host " +
      "'connection.refused.test:443': unable to determine role",
    "405 Method Not Allowed",
    "302 Found\r\nLocation: http://login.test/",
    "429 Too Many Requests",
    "100 Continue",
  ])("when it answers %j", async (head) => {
    await expect(after(says(head))).rejects.toMatchObject(fault);
  });

  it.each<[string, ProxyMove]>([
    ["closes the connection", "close"],
    ["speaks no HTTP", { say: "SSH-2.0-OpenSSH_9.9\r\n\r\n" }],
    ["ends within its head", { say: "HTTP/1.1 200 Connection estab" }],
    ["has a head without end", { say: `HTTP/1.1 200 OK\r\nx: ${"x".repeat(20_480)}` }],
  ])("when it %s", async (_name, move) => {
    await expect(after(move)).rejects.toMatchObject(fault);
  });

  it("when nothing listens there", async () => {
    const gone = await startProxy();
    await gone.close();
    const sent = attempt(held("https://shop.test/cb", false), through(gone));
    await expect(sent).rejects.toMatchObject({ ...fault, message: /ECONNREFUSED/ });
  });

  it("when its certificate is not good", async () => {
    const by = await proxy(issueCertificate({ commonName: "proxy", dnsNames: ["proxy.test"] }));
    const sent = attempt(held("https://shop.test/cb", false), through(by, { ca }));
    await expect(sent).rejects.toMatchObject({ ...fault, message: /DEPTH_ZERO_SELF_SIGNED_CERT/ });
  });

  it("when it speaks no TLS though it should", async () => {
    const by = await proxy(undefined, "https");
    const sent = attempt(held("https://shop.test/cb", false), through(by));
    await expect(sent).rejects.toMatchObject(fault);
  });

  it("when it hangs", async () => {
    const by = await proxy();
    by.freeze();
    const sent = attempt(held("https://shop.test/cb", false), through(by));
    await expect(sent).rejects.toMatchObject({ ...fault, message: /no sign of life/ });
  });

  it("when it hangs with the notice in its hands", async () => {
    const by = await proxy();
    const shop = await receiver({ behaviour: () => by.freeze() });
    const sent = attempt(held(`http://shop.test:${shop.port}/cb`, false), through(by));
    await expect(sent).rejects.toMatchObject({ ...fault, message: /no sign of life/ });
  });

  it("when it dies with the notice in its hands", async () => {
    const by = await startProxy();
    const shop = await receiver({ behaviour: () => by.close() });
    const sent = attempt(held(`http://shop.test:${shop.port}/cb`, false), through(by));
    await expect(sent).rejects.toMatchObject({ ...fault, message: /no sign of life/ });
  });

  it("and many attempts at once ask for one sign of life", async () => {
    const by = await proxy();
    by.move("silence");
    const to = through(by);
    const all = Array.from({ length: 8 }, (_, n) => {
      return attempt(held(`https://shop${n}.test/cb`, false), to);
    });
    expect(new Set((await Promise.all(all)).map(({ verdict }) => verdict))).toEqual(
      new Set(["connect_timeout"]),
    );
    expect(by.pulses).toBeLessThan(8);
  });
});

describe("a proxy's URL", () => {
  it.each(["socks5://proxy.test:1080", "ftp://proxy.test"])("%s is refused", (url) => {
    expect(() => sockets({ egressProxy: new URL(url) })).toThrow("http:// or https://");
  });
});

import { randomUUID } from "node:crypto";
import net, { type AddressInfo } from "node:net";
import dgram from "node:dgram";
import { once } from "node:events";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { makeAttempt } from "../../src/deliveries/attempt.ts";
import type { Completion, HeldDelivery } from "../../src/deliveries/delivery.ts";
import { createPublicResolver } from "../../src/deliveries/resolve.ts";
import { defaultSchedule } from "../../src/deliveries/schedule.ts";
import { Sockets, type SocketsPolicy } from "../../src/deliveries/sockets.ts";
import { webhookHeaders } from "../../src/deliveries/webhook-signature.ts";
import { issueCertificate } from "../support/certificates.ts";
import {
  after,
  answer,
  type Behaviour,
  dripBody,
  dripHead,
  endlessBody,
  gzipBomb,
  hang,
  informationalFlood,
  inTurn,
  rawAnswer,
  type Receiver,
  type ReceiverOptions,
  reset,
  resetInBody,
  startReceiver,
} from "../support/receiver.ts";

const key = "SZJ6NTEST1-JKLM4TEST2-WXYZ9TEST3";
const body = Buffer.from('{"cart_description":"سلة مشتريات / basket"}');
const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function receiver(options: ReceiverOptions = {}): Promise<Receiver> {
  const started = await startReceiver(options);
  cleanups.push(() => started.close());
  return started;
}

function sockets(policy: Partial<SocketsPolicy> = {}): Sockets {
  const created = new Sockets({
    resolvePublic: () => Promise.reject(new Error("no name servers in tests")),
    resolveLocal: () => Promise.resolve(["127.0.0.1"]),
    connectMsMax: 300,
    socketsMax: 512,
    ...policy,
  });
  cleanups.push(() => created.close());
  return created;
}

function held(url: string, allowPrivate = true): HeldDelivery {
  return {
    profileId: 45001,
    id: randomUUID(),
    lane: `45001 ${new URL(url).origin}`,
    url,
    contentType: "application/json",
    headers: { "User-Agent": "IPN/1.0", "Client-Key": "C1", Signature: "00ff" },
    body,
    allowPrivate,
    attemptCount: 0,
    earlierAttempts: 0,
    laneId: "1",
    leaseToken: randomUUID(),
    leaseEndsMs: Number.POSITIVE_INFINITY,
  };
}

function attempt(delivery: HeldDelivery, by: Sockets, attemptMsMax = 500): Promise<Completion> {
  return makeAttempt(delivery, {
    sockets: by,
    clock: systemClock,
    random: () => 0.5,
    policyOf: () => Promise.resolve({ key, schedule: defaultSchedule }),
    attemptMsMax,
  });
}

async function attemptAgainst(behaviour: Behaviour): Promise<Completion> {
  const { url } = await receiver({ behaviour });
  return attempt(held(`${url}/cb`), sockets());
}

const always = (addresses: string[]) => () => Promise.resolve(addresses);
const silence = () => new Promise<never>(() => undefined);
const page = "<!doctype html><html><body>Shop</body></html>";
const loginPage = '<html><form><input type="password" name="p"></form></html>';

describe("the request", () => {
  it("carries the finished headers and bytes unchanged, and the Standard Webhooks three", async () => {
    const shop = await receiver();
    const delivery = held(`${shop.url}/cb?a=1`);
    const completion = await attempt(delivery, sockets());
    expect(completion).toMatchObject({
      verdict: "ok",
      detail: "200",
      next: { state: "delivered" },
    });
    const [request] = shop.requests;
    expect(request).toMatchObject({ method: "POST", path: "/cb?a=1" });
    expect(request?.body.equals(body)).toBe(true);
    expect(request?.headers).toMatchObject({
      host: `127.0.0.1:${shop.port}`,
      "user-agent": "IPN/1.0",
      "content-type": "application/json",
      "content-length": `${body.length}`,
      "accept-encoding": "gzip",
      "client-key": "C1",
      signature: "00ff",
      "webhook-id": delivery.id,
    });
    const at = new Date(Number.parseInt(request?.headers["webhook-timestamp"] ?? "", 10) * 1000);
    expect(request?.headers).toMatchObject(webhookHeaders(delivery.id, body, key, at));
  });

  it("measures its phases, and leaves out those a kept-alive connection skips", async () => {
    const shop = await receiver();
    const by = sockets();
    const url = `http://shop.test:${shop.port}/cb`;
    const first = await attempt(held(url), by);
    const second = await attempt(held(url), by);
    expect(shop.connections).toBe(1);
    expect(first.report.address).toBe("127.0.0.1");
    expect(Object.keys(first.report.timings).toSorted()).toEqual([
      "connectMs",
      "dnsMs",
      "firstByteMs",
      "totalMs",
    ]);
    expect(Object.keys(second.report.timings).toSorted()).toEqual(["firstByteMs", "totalMs"]);
  });

  it("goes on over a new connection when the kept-alive one is dead", async () => {
    const shop = await receiver({ behaviour: inTurn(answer(200), reset, answer(200)) });
    const by = sockets();
    await attempt(held(`${shop.url}/cb`), by);
    expect((await attempt(held(`${shop.url}/cb`), by)).verdict).toBe("ok");
    expect(shop.requests).toHaveLength(3);
    expect(shop.connections).toBe(2);
  });
});

describe("an answer", () => {
  it.each<[string, Behaviour, string]>([
    ["200", answer(200, "Ok"), "ok"],
    ["204", answer(204), "ok_not_200"],
    ["200 with a page", answer(200, page), "ok_html"],
    ["200 with a login page", answer(200, loginPage), "auth_wall"],
    [
      "200 with a packed login page",
      answer(200, gzipSync(loginPage), { "content-encoding": "gzip" }),
      "auth_wall",
    ],
    ["a redirect", answer(301, "", { location: "https://www.shop.test/cb" }), "redirect"],
    [
      "a redirect to a metadata service",
      answer(307, "", { location: "http://169.254.169.254/" }),
      "redirect",
    ],
    ["401", answer(401), "auth_wall"],
    ["403", answer(403), "rejected"],
    ["Cloudflare's", answer(403, "<title>Just a moment...</title>"), "waf"],
    ["Laravel's 419", answer(419, "<title>Page Expired</title>"), "csrf"],
    ["Django's 403", answer(403, "CSRF verification failed. Request aborted."), "csrf"],
    ["404", answer(404), "not_found"],
    ["405", answer(405, "", { allow: "GET" }), "method"],
    ["410", answer(410), "gone"],
    ["429", answer(429, "", { "retry-after": "15" }), "rate_limited"],
    ["500", answer(500, "Fatal error: …"), "app_error"],
    ["503", answer(503), "app_error"],
    ["nothing", hang, "slow"],
    ["one that comes late", after(900, answer(200)), "slow"],
    ["a head that never ends", dripHead, "slow"],
    ["a body that never ends", dripBody, "slow"],
    ["a reset", reset, "reset"],
    ["a reset in the body", resetInBody, "reset"],
    ["a close without a word", rawAnswer(""), "reset"],
    ["no HTTP", rawAnswer("SSH-2.0-OpenSSH_9.9\r\n"), "bad_answer"],
    [
      "a head of 20 KiB",
      rawAnswer(`HTTP/1.1 200 OK\r\nx: ${"x".repeat(20_480)}\r\n\r\n`),
      "bad_answer",
    ],
    ["1xx without end", informationalFlood, "bad_answer"],
    ["a body without end", endlessBody, "ok"],
    ["a gzip bomb", gzipBomb, "ok"],
  ])("of %s has its verdict", async (_name, behaviour, verdict) => {
    const startedMs = performance.now();
    expect((await attemptAgainst(behaviour)).verdict).toBe(verdict);
    expect(performance.now() - startedMs).toBeLessThan(800);
  });

  it("is kept in its first KiB, with the headers that tell who answered", async () => {
    const { report } = await attemptAgainst(
      answer(500, "é".repeat(2000), {
        server: "nginx",
        "set-cookie": "session=secret",
        "content-type": "text/plain",
      }),
    );
    expect(report.answer).toHaveLength(1024);
    expect(report.httpStatus).toBe(500);
    expect(report.answerHeaders).toMatchObject({ server: "nginx", "content-type": "text/plain" });
    expect(report.answerHeaders).not.toHaveProperty("set-cookie");
  });

  it("that asks for patience gets it, within bounds", async () => {
    const patient = await attemptAgainst(answer(503, "", { "retry-after": "15" }));
    expect(patient.next).toEqual({ state: "pending", delayMs: 15_000 });
    const greedy = await attemptAgainst(answer(429, "", { "retry-after": "86400" }));
    expect(greedy.next).toEqual({ state: "pending", delayMs: 20_000 });
  });

  it("of 410 ends the delivery", async () => {
    expect((await attemptAgainst(answer(410))).next).toEqual({ state: "exhausted" });
  });

  it("leaves no connection behind that the next attempt could trip over", async () => {
    const shop = await receiver({ behaviour: inTurn(hang, endlessBody, resetInBody, answer(200)) });
    const by = sockets();
    const url = `${shop.url}/cb`;
    const verdicts = [];
    for (let n = 0; n < 4; n += 1) verdicts.push((await attempt(held(url), by)).verdict);
    expect(verdicts).toEqual(["slow", "ok", "reset", "ok"]);
  });
});

describe("no connection", () => {
  it("to a closed port is refused", async () => {
    const closed = await startReceiver();
    await closed.close();
    const completion = await attempt(held(`${closed.url}/cb`), sockets());
    expect(completion).toMatchObject({ verdict: "refused", report: { address: "127.0.0.1" } });
    expect(completion.detail).toContain("ECONNREFUSED");
  });

  it("to a host that does not answer ends in time", async () => {
    // A full backlog: the kernel drops further connections, as a firewall would.
    const server = net.createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 });
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const tls = `https://127.0.0.1:${port}/cb`;
    // It accepts and then says nothing: the handshake hangs.
    const completion = await attempt(held(tls), sockets());
    expect(completion.verdict).toBe("connect_timeout");
    server.close();
  });

  it("to a name that does not exist, by real name servers", async () => {
    const server = await startNameServer(3);
    const resolvePublic = createPublicResolver([server]);
    const completion = await attempt(
      held("https://shop.test/cb", false),
      sockets({ resolvePublic }),
    );
    expect(completion).toMatchObject({ verdict: "dns", detail: /ENOTFOUND/ });
  });

  it("to a name whose servers fail", async () => {
    const resolvePublic = createPublicResolver([await startNameServer(2)]);
    const completion = await attempt(
      held("https://shop.test/cb", false),
      sockets({ resolvePublic }),
    );
    expect(completion).toMatchObject({ verdict: "dns", detail: /ESERVFAIL/ });
  });

  it("to a name whose servers are silent", async () => {
    const resolvePublic = silence;
    const completion = await attempt(
      held("https://shop.test/cb", false),
      sockets({ resolvePublic }),
    );
    expect(completion.verdict).toBe("dns");
  });
});

/** A name server that answers every question with this response code. */
async function startNameServer(code: number): Promise<string> {
  const server = dgram.createSocket("udp4");
  server.on("message", (question, { port, address }) => {
    const reply = Buffer.from(question);
    reply.writeUInt16BE(0x8180 + code, 2);
    server.send(reply, port, address);
  });
  server.bind(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(async () => server.close());
  return `127.0.0.1:${server.address().port}`;
}

describe("the address guard", () => {
  it.each([
    ["a private answer", ["10.0.0.5"], "shop.test leads to 10.0.0.5, which is a private network"],
    ["one private answer among public ones", ["93.184.215.14", "127.0.0.1"], "127.0.0.1"],
    ["a private answer in IPv6 clothes", ["::ffff:127.0.0.1"], "loopback"],
    ["a metadata service", ["169.254.169.254"], "a cloud metadata service"],
  ])("dials nothing for %s", async (_name, addresses, detail) => {
    const shop = await receiver();
    const url = `http://shop.test:${shop.port}/cb`;
    const completion = await attempt(
      held(url, false),
      sockets({ resolvePublic: always(addresses) }),
    );
    expect(completion.verdict).toBe("policy_private_address");
    expect(completion.detail).toContain(detail);
    expect(shop.connections).toBe(0);
  });

  it.each(["127.0.0.1", "[::ffff:7f00:1]", "[::1]"])("checks the literal %s", async (host) => {
    const shop = await receiver();
    const completion = await attempt(held(`http://${host}:${shop.port}/cb`, false), sockets());
    expect(completion.verdict).toBe("policy_private_address");
    expect(shop.connections).toBe(0);
  });

  it("keeps metadata services out of reach of relaxed profiles", async () => {
    const by = sockets({ resolveLocal: always(["169.254.169.254"]) });
    const completion = await attempt(held("http://shop.test/cb"), by);
    expect(completion.verdict).toBe("policy_private_address");
  });

  it("dials what it checked: a name rebound in between gains nothing", async () => {
    const shop = await receiver();
    let asked = 0;
    // First a public address where nothing listens for us, ever after the inner one.
    const resolvePublic = () => {
      asked += 1;
      return Promise.resolve(asked === 1 ? ["192.0.43.7"] : ["127.0.0.1"]);
    };
    const by = sockets({ resolvePublic, connectMsMax: 200 });
    const first = await attempt(held(`http://shop.test:${shop.port}/cb`, false), by);
    expect(["connect_timeout", "unreachable", "refused"]).toContain(first.verdict);
    expect(asked).toBe(1);
    const second = await attempt(held(`http://shop.test:${shop.port}/cb`, false), by);
    expect(second.verdict).toBe("policy_private_address");
    expect(shop.connections).toBe(0);
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

describe("TLS", () => {
  const authority = issueCertificate({ commonName: "Test authority", isAuthority: true });
  const ca = [authority.cert];

  async function over(tls: ReceiverOptions["tls"] & object, host = "shop.test") {
    const shop = await receiver({ tls });
    return attempt(held(`https://${host}:${shop.port}/cb`), sockets({ ca }));
  }

  const shopRequest = { commonName: "shop", dnsNames: ["shop.test"], issuer: authority };

  it("with a good certificate is fine, and measured", async () => {
    const completion = await over(issueCertificate(shopRequest));
    expect(completion.verdict).toBe("ok");
    expect(completion.report.timings.tlsMs).toBeGreaterThan(0);
  });

  it("with another name is refused", async () => {
    const completion = await over(issueCertificate({ ...shopRequest, dnsNames: ["other.test"] }));
    expect(completion).toMatchObject({ verdict: "tls_name", detail: /other\.test/ });
  });

  it("with an expired certificate is refused", async () => {
    const notBefore = new Date("2020-01-01T00:00:00Z");
    const notAfter = new Date("2021-01-01T00:00:00Z");
    const completion = await over(issueCertificate({ ...shopRequest, notBefore, notAfter }));
    expect(completion.verdict).toBe("tls_expired");
  });

  it("with a chain of unknown origin is refused", async () => {
    const stranger = issueCertificate({ commonName: "Stranger", isAuthority: true });
    const completion = await over(issueCertificate({ ...shopRequest, issuer: stranger }));
    expect(completion.verdict).toBe("tls_chain");
  });

  it("without its intermediate is refused, and with it is fine", async () => {
    const intermediate = issueCertificate({
      commonName: "Intermediate",
      isAuthority: true,
      issuer: authority,
    });
    const leaf = issueCertificate({ ...shopRequest, issuer: intermediate });
    expect((await over(leaf)).verdict).toBe("tls_chain");
    expect((await over({ ...leaf, cert: leaf.cert + intermediate.cert })).verdict).toBe("ok");
  });

  it("with a certificate signed by itself is refused", async () => {
    const own = issueCertificate({ commonName: "shop", dnsNames: ["shop.test"] });
    expect((await over(own)).verdict).toBe("tls_chain");
  });

  it("on a port that speaks plain HTTP is no TLS", async () => {
    const shop = await receiver();
    const completion = await attempt(held(`https://shop.test:${shop.port}/cb`), sockets({ ca }));
    expect(completion.verdict).toBe("tls");
  });
});

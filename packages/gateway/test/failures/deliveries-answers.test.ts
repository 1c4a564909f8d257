import { describe, expect, it } from "vitest";
import { webhookHeaders } from "../../src/deliveries/webhook-signature.ts";
import { issueCertificate } from "../support/certificates.ts";
import { answer, endlessBody, hang, inTurn, reset, resetInBody } from "../support/receiver.ts";
import { attempt, held, sendingKey, sentBody, useSending } from "../support/sending.ts";

const { receiver, sockets, attemptAgainst } = useSending();

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
    expect(request?.body.equals(sentBody)).toBe(true);
    expect(request?.headers).toMatchObject({
      host: `127.0.0.1:${shop.port}`,
      "user-agent": "IPN/1.0",
      "content-type": "application/json",
      "content-length": `${sentBody.length}`,
      "accept-encoding": "gzip",
      "client-key": "C1",
      signature: "00ff",
      "webhook-id": delivery.id,
    });
    const at = new Date(Number.parseInt(request?.headers["webhook-timestamp"] ?? "", 10) * 1000);
    const signed = webhookHeaders(delivery.id, sentBody, sendingKey, at);
    expect(request?.headers).toMatchObject(signed);
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

  it("measures the handshake too", async () => {
    const issuer = issueCertificate({ commonName: "Test authority", isAuthority: true });
    const tls = issueCertificate({ commonName: "shop", dnsNames: ["shop.test"], issuer });
    const shop = await receiver({ tls });
    const by = sockets({ ca: [issuer.cert] });
    const completion = await attempt(held(`https://shop.test:${shop.port}/cb`), by);
    expect(completion.verdict).toBe("ok");
    expect(completion.report.timings.tlsMs).toBeGreaterThan(0);
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

  it("leaves its connection open only while there is room: the one unused for longest goes", async () => {
    const by = sockets({ socketsMax: 2 });
    const [first, second, third] = [await receiver(), await receiver(), await receiver()];
    const shops = [first, second, third];
    const call = ({ url }: { url: string }) => attempt(held(`${url}/cb`), by);
    for (const shop of shops) await call(shop);
    await expect.poll(() => shops.map((shop) => shop.openConnections)).toEqual([0, 1, 1]);
    await call(second);
    await call(first);
    await expect.poll(() => shops.map((shop) => shop.openConnections)).toEqual([1, 1, 0]);
    expect(shops.map(({ connections }) => connections)).toEqual([2, 1, 1]);
  });

  it("that ends its connection leaves no place taken", async () => {
    const by = sockets({ socketsMax: 2 });
    const shop = await receiver({ behaviour: answer(200, "", { connection: "close" }) });
    await attempt(held(`${shop.url}/cb`), by);
    expect(by.hasRoom("another lane", 0)).toBe(true);
    // Nor does a connection that ends while it is idle.
    shop.behave(answer(200));
    await attempt(held(`${shop.url}/cb`), by);
    expect(by.hasRoom("another lane", 0)).toBe(false);
    shop.cut();
    await expect.poll(() => by.hasRoom("another lane", 0)).toBe(true);
  });
});

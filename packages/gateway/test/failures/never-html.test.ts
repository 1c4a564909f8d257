import { once } from "node:events";
import net from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import Fastify from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { malformedRequests } from "../../src/http/malformed.ts";
import { goodRequest, startTestGateway, type TestGateway } from "../support/gateway.ts";

// Clients of PT2 break on HTML, and on an empty body (protocol.md 4): whatever comes to a server API is
// answered in JSON with code, message and trace, as far as the server can know that it came to one.

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});

afterAll(() => gateway.stop());

interface RawReply {
  readonly status: number;
  readonly headers: string;
  readonly body: string;
}

/** Sends these bytes and reads until the server closes. */
async function send(
  url: string,
  ...parts: readonly (string | ((socket: net.Socket) => Promise<unknown>))[]
): Promise<RawReply> {
  const { hostname, port } = new URL(url);
  const socket = net.connect(Number.parseInt(port, 10), hostname);
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk));
  const closed = once(socket, "close");
  await once(socket, "connect");
  for (const part of parts) {
    if (typeof part === "string") socket.write(part);
    else await part(socket);
  }
  await closed;
  const text = Buffer.concat(chunks).toString();
  const [headers = "", ...rest] = text.split("\r\n\r\n");
  return {
    status: Number.parseInt(headers.split(" ")[1] ?? "", 10),
    headers,
    body: rest.join("\r\n\r\n"),
  };
}

/** What matters of a reply to an API path; its body must be JSON to be read at all. */
const essence = ({ status, headers, body }: RawReply) => ({
  status,
  json: /^content-type: application\/json/im.test(headers),
  cors: /access-control/i.test(headers),
  body: JSON.parse(body) as unknown,
});

const apiError = (status: number) => ({
  status,
  json: true,
  cors: false,
  body: {
    code: 2,
    message: expect.stringMatching(/^Invalid request: ./),
    trace: expect.stringMatching(/^PMNT0101\.[0-9A-F]{8}\.[0-9A-F]{8}$/),
  },
});

const close = "Connection: close\r\n";

describe("what comes to an API path is answered in JSON", () => {
  const requests: readonly [name: string, bytes: string, status: number][] = [
    ["GET", `GET /payment/request HTTP/1.1\r\nHost: x\r\n${close}\r\n`, 400],
    ["PUT", `PUT /payment/query HTTP/1.1\r\nHost: x\r\n${close}\r\n`, 400],
    ["a method of WebDAV", `PROPFIND /payment/request HTTP/1.1\r\nHost: x\r\n${close}\r\n`, 400],
    ["an unknown method", `PAY /payment/request HTTP/1.1\r\nHost: x\r\n${close}\r\n`, 400],
    ["TRACE", `TRACE /payment/request HTTP/1.1\r\nHost: x\r\n${close}\r\n`, 404],
    ["the folder itself", `POST /payment HTTP/1.1\r\nHost: x\r\n${close}\r\n`, 404],
    ["an unknown path", `POST /payment/nothing HTTP/1.1\r\nHost: x\r\n${close}\r\n`, 404],
    ["a doubled slash", `POST //payment//nothing HTTP/1.1\r\nHost: x\r\n${close}\r\n`, 404],
    ["a broken escape", `POST /payment/%zz HTTP/1.1\r\nHost: x\r\n${close}\r\n`, 400],
    ["a missing slash", `POST payment/request HTTP/1.1\r\nHost: x\r\n${close}\r\n`, 400],
    ["no Host", `POST /payment/request HTTP/1.1\r\n${close}\r\n`, 400],
    [
      "an absolute address",
      `POST http://x/payment/nothing HTTP/1.1\r\nHost: x\r\n${close}\r\n`,
      404,
    ],
    [
      "an expectation",
      `POST /payment/request HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n${close}\r\n`,
      400,
    ],
    [
      "an upgrade",
      "POST /payment/request HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n" +
        "Connection: Upgrade, close\r\n\r\n",
      400,
    ],
    [
      "two lengths",
      "POST /payment/request HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
      400,
    ],
    [
      "a broken chunk",
      "POST /payment/request HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      400,
    ],
    ["no HTTP at all", "hello\r\n\r\n", 400],
    ["TLS", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001", 400],
    [
      "headers of 20 kB",
      `POST /payment/request HTTP/1.1\r\nHost: x\r\nA: ${"x".repeat(20_000)}\r\n\r\n`,
      431,
    ],
    [
      "a body that is too large",
      `POST /payment/request HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n${close}\r\n`,
      413,
    ],
    ["an operators' path", `POST /operators/nothing HTTP/1.1\r\nHost: x\r\n${close}\r\n`, 404],
  ];
  test.each(requests)("%s", async (_name, bytes, status) => {
    expect(essence(await send(gateway.url, bytes))).toEqual(apiError(status));
  });

  test("HTTP/1.0 needs no Host", async () => {
    const reply = await send(gateway.url, "GET /payment/request HTTP/1.0\r\n\r\n");
    expect(essence(reply)).toEqual(apiError(400));
  });

  test("a page is for people still", async () => {
    const path = `/payment/page/${"0".repeat(56)}`;
    const { status, headers } = await send(
      gateway.url,
      `GET ${path} HTTP/1.1\r\nHost: x\r\n${close}\r\n`,
    );
    expect(status).toBe(404);
    expect(headers).toMatch(/content-type: text\/html/i);
  });
});

test("a request that takes too long to arrive is told so", async () => {
  const app = Fastify(malformedRequests(systemClock, 100));
  app.post("/payment/request", () => ({}));
  const url = await app.listen({ port: 0, host: "127.0.0.1" });
  const half =
    "POST /payment/request HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" +
    "Content-Length: 10\r\n\r\n{";
  expect(essence(await send(url, half))).toEqual(apiError(408));
  await app.close();
});

test("a browser is offered no CORS, and told so in JSON", async () => {
  const headers = {
    origin: "https://shop.example",
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization, content-type",
  };
  for (const path of ["/payment/request", "/payment/query", "/payment/nothing"]) {
    const reply = await fetch(`${gateway.url}${path}`, { method: "OPTIONS", headers });
    expect([400, 404]).toContain(reply.status);
    expect(reply.headers.get("content-type")).toMatch(/^application\/json/);
    const offered = [...reply.headers.keys()].filter((name) => name.startsWith("access-control"));
    expect(offered).toEqual([]);
    expect(await reply.json()).toMatchObject({ code: 2 });
  }
  const body = JSON.stringify({ profile_id: 45001, ...goodRequest });
  const { serverKey } = gateway.profile;
  const reply = await fetch(`${gateway.url}/payment/request`, {
    method: "POST",
    headers: { ...headers, authorization: serverKey },
    body,
  });
  expect(reply.status).toBe(200);
  expect([...reply.headers.keys()].filter((name) => name.startsWith("access-"))).toEqual([]);
});

test("a call over an open connection of a node that stops gets its answer in JSON", async () => {
  const stopping = await startTestGateway();
  const body = JSON.stringify({ profile_id: 45001, ...goodRequest });
  const head =
    `POST /payment/request HTTP/1.1\r\nHost: x\r\nAuthorization: ${stopping.profile.serverKey}\r\n` +
    `Content-Length: ${body.length}\r\n`;
  let stopped: Promise<void> | undefined;
  const stopOnceItIsRead = async (socket: net.Socket) => {
    // `100 Continue`: the head has been read.
    await once(socket, "data");
    stopped = stopping.stop();
    await wait(100);
  };
  const { body: replies } = await send(
    stopping.url,
    `${head}Expect: 100-continue\r\n\r\n`,
    stopOnceItIsRead,
    `${body}${head}\r\n${body}`,
  );
  // The first was under way and is served; the second one comes too late.
  expect(replies).toContain('"redirect_url"');
  const second = replies.slice(replies.indexOf("HTTP/1.1 503"));
  expect(second).toMatch(/content-type: application\/json/i);
  expect(second).toContain('"code":400');
  expect(second).toContain("this node is stopping");
  await stopped;
});

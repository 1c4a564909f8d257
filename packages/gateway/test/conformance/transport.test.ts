import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { goodRequest, startTestGateway, type TestGateway } from "../support/gateway.ts";
import { createRawClient, type RawReply } from "../support/raw-client.ts";

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});

afterAll(() => gateway.stop());

async function exchange(head: readonly string[], body = ""): Promise<RawReply> {
  const client = createRawClient(Number.parseInt(new URL(gateway.url).port, 10));
  const bytes = Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`, "latin1");
  const outcome = await client.exchange(bytes, 2000);
  client.close();
  if (typeof outcome === "string") throw new Error(`the server answered with: ${outcome}`);
  return outcome;
}

const refusal = (message: RegExp) => ({
  code: 2,
  message: expect.stringMatching(message),
  trace: expect.stringMatching(/^PMNT0101\.[0-9A-F]{8}\.[0-9A-F]{8}$/),
});

describe("an API path answers in JSON, also to", () => {
  const host = "Host: 127.0.0.1";
  test.each<[name: string, head: string[], status: number, message: RegExp]>([
    ["a method of WebDAV", ["PROPFIND /payment/request HTTP/1.1", host], 400, /takes POST only/],
    [
      "a method of caches",
      ["PURGE //payment/query?x=1 HTTP/1.1", host],
      400,
      /payment\/query takes/,
    ],
    ["the API's root", ["POST /payment/ HTTP/1.1", host], 404, /there is no \/payment/],
    ["a method nobody knows", ["FOO /payment/request HTTP/1.1", host], 400, /not.*HTTP/],
    ["no HTTP at all", ["hello"], 400, /not.*HTTP/],
    [
      "a header with control characters",
      ["POST /payment/request HTTP/1.1", host, "X-A: a\u0001b"],
      400,
      /not.*HTTP/,
    ],
    ["bytes in the path", ["POST /payment/\u00e9 HTTP/1.1", host], 400, /not.*HTTP/],
    [
      "two lengths",
      ["POST /payment/request HTTP/1.1", host, "Content-Length: 1", "Content-Length: 2"],
      400,
      /not.*HTTP/,
    ],
    [
      "headers without end",
      ["POST /payment/request HTTP/1.1", host, `X-A: ${"a".repeat(20_000)}`],
      431,
      /[Hh]eader/,
    ],
  ])("%s", async (_name, head, status, message) => {
    const reply = await exchange(head);
    expect(reply).toMatchObject({
      status,
      headers: { "content-type": expect.stringMatching(/^application\/json/) },
    });
    expect(JSON.parse(reply.body)).toEqual(refusal(message));
  });

  test("an expectation it does not know, which it leaves be", async () => {
    const body = JSON.stringify({ profile_id: gateway.profile.profileId, ...goodRequest });
    const head = [
      "POST /payment/request HTTP/1.1",
      host,
      `Authorization: ${gateway.profile.serverKey}`,
      `Content-Length: ${body.length}`,
      "Expect: something",
    ];
    const reply = await exchange(head, body);
    expect(JSON.parse(reply.body)).toHaveProperty("redirect_url");
  });
});

test("a payment page answers in HTML to a method of WebDAV", async () => {
  const reply = await exchange([`PROPFIND /payment/page/${"A".repeat(56)} HTTP/1.1`, "Host: a"]);
  expect(reply).toMatchObject({
    status: 404,
    headers: { "content-type": expect.stringMatching(/^text\/html/) },
  });
});

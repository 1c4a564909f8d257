import { describe, expect, it } from "vitest";
import {
  bodyBytesMax,
  type DeliveryRequest,
  enqueueParameter,
  prepareDelivery,
} from "./enqueue.ts";

const request: DeliveryRequest = {
  profileId: 45001,
  subject: "TST2609100000101",
  purpose: "callback",
  url: "https://shop.example/cb",
  contentType: "application/json",
  body: '{"cart_description":"سلة"}',
  headers: { Signature: "00ff", "User-Agent": "IPN/1.0" },
  allowPrivate: false,
};
const node = { nodeId: "node-1" };

describe("a prepared delivery", () => {
  it("has an id that grows with time, a lane and frozen bytes", () => {
    const bytes = Buffer.from("abc");
    const prepared = prepareDelivery({ ...request, body: bytes }, node);
    bytes.fill("x");
    expect(prepared.body.toString()).toBe("abc");
    expect(prepared.lane).toBe("45001 https://shop.example:443");
    expect(prepared.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(prepareDelivery(request, node).leaseToken).not.toBe(prepared.leaseToken);
  });

  it("travels to the database byte by byte", () => {
    const prepared = prepareDelivery(request, node);
    const [row] = JSON.parse(enqueueParameter([prepared])) as [{ body: string; headers: object }];
    expect(Buffer.from(row.body, "base64").toString()).toBe(request.body);
    expect(row.headers).toEqual(request.headers);
    expect(enqueueParameter([])).toBe("[]");
  });

  it.each<[Partial<DeliveryRequest>, string]>([
    [{ headers: { "Content-Length": "3" } }, "sets Content-Length itself"],
    [{ headers: { "webhook-id": "x" } }, "sets webhook-id itself"],
    [{ headers: { "no colon:": "x" } }, "no header can be named"],
    [{ headers: { "X-Injected": "a\r\nb: c" } }, "X-Injected has an unfit value"],
    [{ headers: { "X-Arabic": "سلة" } }, "X-Arabic has an unfit value"],
    [{ contentType: "text/plain\n" }, "Content-Type has an unfit value"],
    [{ body: Buffer.alloc(bodyBytesMax + 1) }, "65537 bytes"],
  ])("is refused with %j", (fault, message) => {
    expect(() => prepareDelivery({ ...request, ...fault }, node)).toThrow(message);
  });
});

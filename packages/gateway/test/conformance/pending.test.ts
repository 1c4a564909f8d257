import { afterAll, beforeAll, expect, test } from "vitest";
import { goodRequest, startTestGateway, type TestGateway } from "../support/gateway.ts";
import { pending } from "./pending.ts";

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});

afterAll(() => gateway.stop());

test.each(Object.entries(pending))("%s is not there yet", async (_name, { request, reason }) => {
  const { json } = await gateway.call("/payment/request", { ...goodRequest, ...request });
  expect(json.code, `no longer true: ${reason}; take it out of pending.ts`).toBe(112);
});

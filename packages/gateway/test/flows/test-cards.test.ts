import { afterAll, beforeAll, expect, test } from "vitest";
import { testCards } from "../../src/acquirers/simulator/test-cards.ts";
import { goodRequest, startTestGateway, type TestGateway } from "../support/gateway.ts";
import { typeCard, visit } from "../support/stranger.ts";

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});

afterAll(() => gateway.stop());

/** Cards of the simulator's own whose payment ends at once without money (protocol.md 12.2). */
const refused: readonly [number: string, status: string, code: string][] = [
  ["4000000000003006", "D", "300"],
  ["4000000000003097", "D", "309"],
  ["4000000000003139", "D", "313"],
  ["4000000000003162", "D", "316"],
  ["4000000000003352", "D", "335"],
  ["4000000000003469", "D", "346"],
  ["4000000000005019", "D", "501"],
  ["4000000000004004", "E", "400"],
];

test.each(refused)("%s ends with %s/%s", async (number, status, code) => {
  const { json } = await gateway.call("/payment/request", goodRequest);
  const result = await typeCard(await visit(json.redirect_url), { number, code: "123" });
  expect(result.url).toMatch(/\/result$/);
  const query = await gateway.call("/payment/query", { tran_ref: json.tran_ref });
  expect(query.json.payment_result).toMatchObject({ response_status: status, response_code: code });
});

test("the published cards are as ClickPay publishes them", () => {
  const published = testCards.filter((card) => card.published);
  expect(published.map((card) => [card.number, card.securityCode, card.threeDs])).toEqual([
    ["4111111111111111", "123", false],
    ["4000000000000002", "123", true],
    ["4012001036983332", "530", true],
    ["5200000000000114", "977", false],
    ["5498383801606532", "977", true],
    ["5200000000000007", "977", true],
  ]);
  expect(new Set(published.map(({ behaviour }) => behaviour))).toEqual(new Set(["approve"]));
});

import { expect, test } from "vitest";
import type { FinalAnswer } from "../acquirers/acquirer.ts";
import { sampleTransaction } from "../../test/support/sample-transaction.ts";
import { outcomeOf } from "./outcome.ts";

const at = new Date("2026-04-01T12:05:49Z");
const tabby = { name: "Tabby", description: "Tabby" };

test.each<[string, FinalAnswer, object | undefined]>([
  ["paid", { kind: "approved", approvalCode: "G40217" }, tabby],
  ["refused", { kind: "declined", reason: "notAuthorised" }, tabby],
  ["cancelled", { kind: "declined", reason: "cancelled" }, undefined],
  ["expired", { kind: "declined", reason: "expired" }, undefined],
  ["failed", { kind: "failed", reason: "noResponse" }, undefined],
])("%s at a provider: told with the method, or as nothing", (_name, answer, told) => {
  const outcome = outcomeOf(answer, sampleTransaction({ facts: { method: tabby } }), at);
  expect(outcome.method).toEqual(told);
});

test("a refund that fails is still one of what was paid with that method", () => {
  const facts = { method: tabby, previousTranRef: "TST2609100000100" };
  const answer = { kind: "failed", reason: "noResponse" } as const;
  expect(outcomeOf(answer, sampleTransaction({ facts }), at).method).toEqual(tabby);
});

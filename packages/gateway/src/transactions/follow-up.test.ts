import { type Currency, moneyOf } from "@wasl/protocol";
import { describe, expect, test } from "vitest";
import { sampleTransaction } from "../../test/support/sample-transaction.ts";
import type { TranType } from "../responses/facts.ts";
import { followUpKinds, planFollowUp } from "./follow-up.ts";

const sar = (minor: bigint) => moneyOf(minor, "SAR" as Currency);
const types: readonly TranType[] = [
  "Sale",
  "Auth",
  "Register",
  "Capture",
  "Void",
  "Release",
  "Refund",
  "AuthExt",
];
const allowed: Readonly<Record<string, readonly string[]>> = {
  Sale: ["refund"],
  Auth: ["capture", "void", "release", "authext"],
  Capture: ["refund"],
};

describe.each(types)("on an authorised %s", (tranType) => {
  test.each(followUpKinds)("%s", (kind) => {
    const original = sampleTransaction({ facts: { tranType } });
    const plan = planFollowUp(original, { kind, amount: sar(100n) });
    const fits = allowed[tranType]?.includes(kind) ?? false;
    expect(plan.kind).toBe(fits ? "plan" : "not_possible");
  });
});

describe.each(["D", "E", "C", "X", "P"] as const)("on one that ended %s", (status) => {
  test.each(followUpKinds)("%s is not possible", (kind) => {
    const { outcome } = sampleTransaction();
    if (outcome === undefined) throw new Error("it has one");
    for (const tranType of types) {
      const original = sampleTransaction({ outcome: { ...outcome, status }, facts: { tranType } });
      expect(planFollowUp(original, { kind, amount: undefined }).kind).toBe("not_possible");
    }
  });
});

test("what a discount left is what can be refunded", () => {
  const original = sampleTransaction({ facts: { charged: sar(45_000n) } });
  expect(planFollowUp(original, { kind: "refund", amount: sar(45_001n) })).toEqual({
    kind: "exceeds",
    left: sar(45_000n),
  });
  expect(planFollowUp(original, { kind: "refund", amount: undefined })).toMatchObject({
    amount: sar(45_000n),
    reserves: "refunded",
  });
});

test("a void of what a capture left is a release", () => {
  const original = sampleTransaction({
    facts: { tranType: "Auth" },
    balances: { captured: 20_000n, released: 0n, refunded: 0n },
  });
  expect(planFollowUp(original, { kind: "void", amount: undefined })).toMatchObject({
    tranType: "Release",
    originalTranType: "Void",
    amount: sar(30_000n),
    reserves: "released",
  });
});

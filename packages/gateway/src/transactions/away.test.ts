import { describe, expect, test } from "vitest";
import { askAgainAfterMs, askAwayAfterMs, isAway } from "./away.ts";

const atIssuer = (secondsAway: number | undefined) => ({ secondsAway, facts: {} });
const tabby = { name: "Tabby", description: "Tabby" };
const atProvider = (secondsAway: number) => ({ secondsAway, facts: { method: tabby } });

test.each([
  ["nobody who went nowhere", atIssuer(undefined), false],
  ["at the issuer for less than five minutes", atIssuer(299), true],
  ["at the issuer for five", atIssuer(300), false],
  ["at a provider for less than fifteen", atProvider(899), true],
  ["at a provider for fifteen", atProvider(900), false],
])("%s", (_name, transaction, away) => {
  expect(isAway(transaction)).toBe(away);
});

describe("the acquirer is asked", () => {
  test.each([
    [0, 15_000],
    [60, 15_000],
    [100, 25_000],
    [240, 60_000],
    [700, 60_000],
    [890, 10_000],
  ])("after %d s at a provider again in %d ms", (secondsAway, afterMs) => {
    expect(askAgainAfterMs(atProvider(secondsAway))).toBeCloseTo(afterMs, 3);
  });

  test.each([
    ["the issuer", atIssuer, 12],
    ["a provider", atProvider, 22],
  ])("about a whole stay at %s a bounded number of times", (_name, at, most) => {
    let seconds = askAwayAfterMs / 1000;
    let times = 1;
    for (; isAway(at(seconds)); times += 1) seconds += askAgainAfterMs(at(seconds)) / 1000;
    expect(times).toBeGreaterThan(most - 5);
    expect(times).toBeLessThanOrEqual(most);
  });
});

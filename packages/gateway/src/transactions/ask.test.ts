import { expect, test } from "vitest";
import { ask } from "./ask.ts";

const about = { tranRef: "TST1", requestId: "r" };
const collect = () => {
  const lines: unknown[] = [];
  return { lines, log: { error: (...line: unknown[]) => void lines.push(line) } };
};

test("an answer is passed on", async () => {
  const { log } = collect();
  expect(await ask(async () => ({ kind: "held" }), log, about)).toEqual({ kind: "held" });
});

test("silence is unknown", async () => {
  const { log, lines } = collect();
  const never = new Promise<{ kind: string }>(() => undefined);
  expect(await ask(() => never, log, about, 5)).toEqual({ kind: "unknown" });
  expect(lines).toEqual([]);
});

const fail = async (): Promise<{ kind: string }> => {
  throw new TypeError("card 4111111111111111 refused");
};

test("an error is unknown, and the log does not repeat what it says", async () => {
  const { log, lines } = collect();
  expect(await ask(fail, log, about)).toEqual({ kind: "unknown" });
  expect(lines).toEqual([[{ ...about, error: "TypeError" }, "the acquirer could not be asked"]]);
});

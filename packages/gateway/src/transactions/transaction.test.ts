import { expect, test } from "vitest";
import {
  nextState,
  statesAllowing,
  type TransactionState,
  type TransactionStep,
} from "./transaction.ts";

const refused = undefined;

const nothing: Record<TransactionStep, undefined> = {
  submit: refused,
  challenge: refused,
  leave: refused,
  answer: refused,
  cancel: refused,
  expire: refused,
  refuse: refused,
  record: refused,
  await: refused,
  settle: refused,
  lapse: refused,
};

const table: Record<TransactionState, Record<TransactionStep, TransactionState | undefined>> = {
  open: {
    ...nothing,
    submit: "authorising",
    cancel: "completed",
    expire: "completed",
    refuse: "completed",
    record: "completed",
  },
  authorising: {
    ...nothing,
    challenge: "challenging",
    answer: "completed",
    await: "awaiting",
  },
  challenging: { ...nothing, leave: "authorising", answer: "completed" },
  awaiting: { ...nothing, settle: "completed", lapse: "completed" },
  completed: nothing,
};

const pairs = Object.entries(table).flatMap(([state, row]) =>
  Object.entries(row).map(([step, expected]) => ({ state, step, expected })),
) as { state: TransactionState; step: TransactionStep; expected: TransactionState | undefined }[];

test.each(pairs)("$state + $step leads to $expected", ({ state, step, expected }) => {
  expect(nextState(state, step)).toBe(expected);
  expect(statesAllowing(step).includes(state)).toBe(expected !== refused);
});

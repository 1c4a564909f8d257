import { expect, test } from "vitest";
import {
  nextState,
  statesAllowing,
  type TransactionState,
  type TransactionStep,
} from "./transaction.ts";

const refused = undefined;

const table: Record<TransactionState, Record<TransactionStep, TransactionState | undefined>> = {
  open: {
    submit: "authorising",
    challenge: refused,
    answer: refused,
    cancel: "completed",
    expire: "completed",
    record: "completed",
  },
  authorising: {
    submit: refused,
    challenge: "challenging",
    answer: "completed",
    cancel: refused,
    expire: refused,
    record: refused,
  },
  challenging: {
    submit: refused,
    challenge: refused,
    answer: "completed",
    cancel: refused,
    expire: refused,
    record: refused,
  },
  completed: {
    submit: refused,
    challenge: refused,
    answer: refused,
    cancel: refused,
    expire: refused,
    record: refused,
  },
};

const pairs = Object.entries(table).flatMap(([state, row]) =>
  Object.entries(row).map(([step, expected]) => ({ state, step, expected })),
) as { state: TransactionState; step: TransactionStep; expected: TransactionState | undefined }[];

test.each(pairs)("$state + $step leads to $expected", ({ state, step, expected }) => {
  expect(nextState(state, step)).toBe(expected);
  expect(statesAllowing(step).includes(state)).toBe(expected !== refused);
});

import { describe, expect, test } from "vitest";
import { judgeFailure, nextMailStep, type SmtpFailure } from "./verdict.ts";

const failure = (code: string, command: string, replyCode?: number): SmtpFailure => ({
  code,
  command,
  text: "said",
  ...(replyCode !== undefined && { replyCode }),
});

test.each([
  [failure("EENVELOPE", "RCPT TO", 550), "refused"],
  [failure("EENVELOPE", "RCPT TO", 450), "deferred"],
  [failure("EMESSAGE", "DATA", 554), "refused"],
  [failure("EMESSAGE", "DATA", 452), "deferred"],
  [failure("EMESSAGE", "DATA", 421), "unreachable"],
  // Our own sender is refused: nothing about this mail, and an operator can mend it.
  [failure("EENVELOPE", "MAIL FROM", 553), "unreachable"],
  [failure("EAUTH", "AUTH PLAIN", 535), "unreachable"],
  [failure("ECONNECTION", "CONN"), "unreachable"],
  [failure("ETLS", "STARTTLS", 454), "unreachable"],
  [failure("ETIMEDOUT", "CONN"), "unreachable"],
  [failure("EDNS", "CONN"), "unreachable"],
  [failure("EABORT", ""), "unreachable"],
])("%j is %s", (given, verdict) => {
  expect(judgeFailure(given)).toBe(verdict);
});

const half = () => 0.5;
const hour = 3_600_000;

describe("what comes next", () => {
  test("delays grow, then it is given up", () => {
    const delays = Array.from({ length: 9 }, (_, refusals) =>
      nextMailStep(failure("EENVELOPE", "RCPT TO", 451), { refusals, ageMs: 0 }, half),
    );
    expect(delays.map((step) => ("delayMs" in step ? step.delayMs / 60_000 : step.state))).toEqual([
      1,
      5,
      15,
      60,
      180,
      360,
      720,
      1440,
      "given_up",
    ]);
  });

  test("a server that cannot be reached uses nothing up, until the mail is no news", () => {
    const away = failure("ECONNECTION", "CONN");
    const step = nextMailStep(away, { refusals: 7, ageMs: 71 * hour }, half);
    expect(step).toEqual({ state: "pending", delayMs: 60_000, counts: false, answer: "said" });
    const late = nextMailStep(away, { refusals: 0, ageMs: 73 * hour }, half);
    expect(late.state).toBe("given_up");
  });

  test("a refusal is final, and its text is one line", () => {
    const refused = { ...failure("EMESSAGE", "DATA", 554), text: "554 no\r\nmore" };
    expect(nextMailStep(refused, { refusals: 0, ageMs: 0 }, half)).toEqual({
      state: "given_up",
      answer: "554 no more",
    });
  });
});

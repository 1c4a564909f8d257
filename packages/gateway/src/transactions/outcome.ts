import { authorisedMessage, responseCode, type ResponseCodeName } from "@wasl/protocol";
import type { FinalAnswer } from "../acquirers/acquirer.ts";
import { newTrace } from "../ids.ts";
import { type Outcome, wireTime } from "../responses/facts.ts";
import type { Transaction } from "./transaction.ts";

/** An outcome the gateway decides without the acquirer: cancelled, expired. */
export function outcomeWithoutAcquirer(reason: ResponseCodeName, at: Date): Outcome {
  const { status, code, message } = responseCode(reason);
  return { status, code, message, time: wireTime(at), ipnTrace: newTrace("IPNS", at) };
}

/** No issuer approved it; receivers want a code that is not "0" (protocol.md 6.5). */
const recordedCode = "000";

/** A payment that was made elsewhere, as the merchant recorded it. */
export function outcomeRecorded({ method }: Pick<Outcome, "method">, at: Date): Outcome {
  return {
    status: "A",
    code: recordedCode,
    message: authorisedMessage,
    time: wireTime(at),
    ipnTrace: newTrace("IPNS", at),
    ...(method === undefined ? {} : { method }),
  };
}

/** Declines that nobody refused: the shopper did not pay. */
const unpaid: ReadonlySet<ResponseCodeName> = new Set(["cancelled", "expired"]);

/**
 * What was paid with, or refused; nothing where nothing was paid (protocol.md 7.4). A follow-up is
 * about what was paid before, whatever becomes of it.
 */
function paidWith(
  answer: FinalAnswer,
  { card, facts }: Pick<Transaction, "card" | "facts">,
): Pick<Outcome, "card" | "method"> {
  if (card !== undefined) return { card };
  const { method, previousTranRef } = facts;
  const nothing =
    answer.kind === "failed" || (answer.kind === "declined" && unpaid.has(answer.reason));
  const told = method !== undefined && (!nothing || previousTranRef !== undefined);
  return told ? { method } : {};
}

/**
 * The outcome an acquirer's final answer gives. Declines and errors carry no acquirer reference
 * (protocol.md 7.3).
 */
export function outcomeOf(answer: FinalAnswer, transaction: Transaction, at: Date): Outcome {
  const common = {
    time: wireTime(at),
    ipnTrace: newTrace("IPNS", at),
    ...paidWith(answer, transaction),
    ...("threeDs" in answer && answer.threeDs !== undefined ? { threeDs: answer.threeDs } : {}),
  };
  switch (answer.kind) {
    case "approved":
    case "held":
      return {
        status: answer.kind === "approved" ? "A" : "H",
        code: answer.approvalCode,
        message: authorisedMessage,
        acquirerRef: newTrace("TRAN", at),
        ...(answer.acquirerMessage === undefined
          ? {}
          : { acquirerMessage: answer.acquirerMessage }),
        ...(answer.acquirerRrn === undefined ? {} : { acquirerRrn: answer.acquirerRrn }),
        ...common,
      };
    case "declined":
    case "failed": {
      const { status, code, message } = responseCode(answer.reason);
      return { status, code, message, ...common };
    }
    default:
      return answer satisfies never;
  }
}

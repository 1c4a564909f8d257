import type { FinalAnswer, ThreeDsFacts } from "../acquirer.ts";

/** What the shopper did at the simulated bank. `protocol.md` 7.5, `experience.md` 5.6. */
export type ChallengeResult =
  | "passed"
  | "failed"
  | "rejected"
  | "unavailable"
  | "attempted"
  | "cancelled"
  | "timed_out";

/** One-time codes that decide the challenge by themselves. */
export const oneTimeCodes = {
  "1234": "passed",
  "1111": "failed",
  "2222": "rejected",
  "3333": "unavailable",
  "7777": "attempted",
} as const satisfies Record<string, ChallengeResult>;

const version = "Test/Simulation";

/** A test card whose issuer asks nothing (protocol.md 7.5, first row). */
export const notEnrolled: ThreeDsFacts = {
  responseLevel: 1,
  responseStatus: 1,
  enrolled: "N",
  paResStatus: "",
  eci: "",
  cavv: "",
  ucaf: "",
  threeDSVersion: version,
};

function enrolled(paResStatus: string, eci: string, ucaf: string): ThreeDsFacts {
  return {
    responseLevel: 2,
    responseStatus: 4,
    enrolled: "Y",
    paResStatus,
    eci,
    cavv: "",
    ucaf,
    threeDSVersion: version,
  };
}

/** An issuer that takes part, but could not be asked. */
export const withoutIssuer: ThreeDsFacts = enrolled("U", "", "");

/** A fixed base64 text in place of the issuer's proof. */
const simulatedProof = Buffer.from("wasl-simulated-proof").toString("base64");

/**
 * The final answer after a challenge: the authorisation's own answer when the shopper is
 * authenticated, a decline that says why otherwise.
 *
 * @example afterChallenge("rejected", planned) // { kind: "declined", reason: "threeDsRejected", … }
 */
export function afterChallenge(result: ChallengeResult, planned: FinalAnswer): FinalAnswer {
  switch (result) {
    case "passed":
      return withThreeDs(planned, enrolled("Y", "05", simulatedProof));
    case "attempted":
      return withThreeDs(planned, enrolled("A", "06", simulatedProof));
    case "failed":
    case "rejected":
      return declined("threeDsRejected", enrolled("N", "", ""));
    case "unavailable":
      return declined("threeDsUnavailable", enrolled("U", "", ""));
    case "cancelled":
    case "timed_out":
      return declined("threeDsIncomplete", enrolled("", "", ""));
    default:
      return result satisfies never;
  }
}

function declined(
  reason: "threeDsRejected" | "threeDsUnavailable" | "threeDsIncomplete",
  threeDs: ThreeDsFacts,
): FinalAnswer {
  return { kind: "declined", reason, threeDs };
}

function withThreeDs(answer: FinalAnswer, threeDs: ThreeDsFacts): FinalAnswer {
  return answer.kind === "failed" ? answer : { ...answer, threeDs };
}

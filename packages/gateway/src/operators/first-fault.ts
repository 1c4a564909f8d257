import type { z } from "zod";
import { ApiError } from "../errors.ts";

/** The first fault of a body, with its field; a member nobody knows is named too. */
export function firstFault({ issues }: z.ZodError): ApiError {
  const [issue] = issues;
  if (issue?.code === "unrecognized_keys") {
    const field = [...issue.path, issue.keys[0] ?? "body"].join(".");
    return new ApiError("INVALID_FIELD", { field, rule: "is not known" });
  }
  const field = issue?.path.join(".") || "body";
  return new ApiError("INVALID_FIELD", { field, rule: issue?.message ?? "is invalid" });
}

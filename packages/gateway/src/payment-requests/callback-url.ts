import { checkDestination } from "../deliveries/destinations.ts";
import { ApiError } from "../errors.ts";
import { type ClientHabits, usualHabits } from "../profiles/client-habits.ts";
import type { LiveWarning } from "../transactions/transaction.ts";

export interface CallbackRules {
  /** A sandbox's favours: a port, a private address. */
  readonly relaxed: boolean;
  /** What the profile's own clients expect. */
  readonly habits: ClientHabits | undefined;
}

/**
 * The address a Callback goes to, if one is given (protocol.md 7.7).
 *
 * @throws ApiError INVALID_FIELD
 */
export function judgeCallback(
  callback: string | undefined,
  { relaxed, habits = usualHabits }: CallbackRules,
): { readonly url: string | undefined; readonly warnings: readonly LiveWarning[] } {
  if (callback === undefined) return { url: undefined, warnings: [] };
  const allowHttp = !habits.callback_https_only;
  const policy = { allowHttp, allowPort: relaxed, allowPrivate: relaxed };
  const destination = checkDestination(callback, policy, "callback");
  if (!destination.ok) {
    const rule = destination.message.replace(/^callback /, "");
    throw new ApiError("INVALID_FIELD", { field: "callback", rule });
  }
  return {
    url: destination.url,
    warnings: destination.warnings.map(({ message }) => ({ field: "callback", message })),
  };
}

import { checkDestination } from "../deliveries/destinations.ts";
import { ApiError } from "../errors.ts";
import type { LiveWarning } from "../transactions/transaction.ts";

/**
 * The address a Callback goes to, if one is given (protocol.md 7.7).
 *
 * @param relaxed a sandbox's favours: a port, a private address
 * @throws ApiError INVALID_FIELD
 */
export function judgeCallback(
  callback: string | undefined,
  { relaxed }: { readonly relaxed: boolean },
): { readonly url: string | undefined; readonly warnings: readonly LiveWarning[] } {
  if (callback === undefined) return { url: undefined, warnings: [] };
  const policy = { allowHttp: true, allowPort: relaxed, allowPrivate: relaxed };
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

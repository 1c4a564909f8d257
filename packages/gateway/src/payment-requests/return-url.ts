import type { LiveWarning } from "../transactions/transaction.ts";
import { isLoopbackUrl } from "../responses/return.ts";

export type ReturnUrlReading =
  | { readonly ok: true; readonly warnings: readonly LiveWarning[] }
  | { readonly ok: false; readonly rule: string };

/** Source: protocol.md 2.1. */
const lengthMax = 255;

/**
 * Judges `return`. The shopper's browser opens it, so any host and port will do (protocol.md 6.1),
 * but only http and https: nothing else can be a shop.
 */
export function readReturnUrl(
  url: string,
  { relaxed }: { readonly relaxed: boolean },
): ReturnUrlReading {
  if (Array.from(url).length > lengthMax) {
    return { ok: false, rule: `must have at most ${lengthMax} characters` };
  }
  if (/[\s\\]/.test(url)) return { ok: false, rule: "must not contain spaces or backslashes" };
  if (!/^https?:\/\//i.test(url)) {
    return { ok: false, rule: "must begin with https:// or http://" };
  }
  const parsed = URL.parse(url);
  if (parsed === null) return { ok: false, rule: "must be a valid URL" };
  if (parsed.username !== "" || parsed.password !== "") {
    return { ok: false, rule: "must not contain a user name or password" };
  }
  // A host may hold characters that mean something in the page's security policy.
  if (!/^(?:[\w.-]+|\[[\da-f:.]+\])$/.test(parsed.hostname)) {
    return { ok: false, rule: "must name its host by letters, digits, dots and hyphens" };
  }
  return { ok: true, warnings: relaxed && isLoopbackUrl(url) ? [postedOnHttp] : [] };
}

const postedOnHttp: LiveWarning = {
  field: "return",
  message:
    "return is plain http: here a loopback address gets the form POST, live sends a GET without data. Use https",
};

import type { Transaction } from "../transactions/transaction.ts";

/**
 * Which origins may show the pages of a payment in a frame: nobody's unless the request asked for
 * `framed`, then those it names, its `return` and its `framed_message_target` (protocol.md 2.3).
 * When it names none, any https page may, since it asked for a frame and cannot be told from
 * another; in the sandbox a page on this machine too.
 *
 * @returns sources of `frame-ancestors`; empty: no frame
 */
export function frameAncestors(
  { returnUrl, options }: Pick<Transaction, "returnUrl" | "options">,
  { relaxed }: { readonly relaxed: boolean },
): readonly string[] {
  const framed = options.page?.framed;
  if (framed === undefined) return [];
  const named = [returnUrl, framed.messageTarget].filter((url) => url !== undefined);
  if (named.length > 0) return [...new Set(named.map(asSource))];
  return relaxed ? ["https:", "http://localhost:*", "http://127.0.0.1:*"] : ["https:"];
}

/** An IPv6 literal is no source in a policy; its scheme is. */
function asSource(url: string): string {
  const { origin, protocol } = new URL(url);
  return origin.includes("[") ? protocol : origin;
}

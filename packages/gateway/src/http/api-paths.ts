/** Below `/payment`, but for people: pages with their secret address. */
const pages = /^\/payment\/(?:page|wr|request\/invoice|link\/\d+)(?:\/|$)/i;

const apis = /^\/(?:payment|operators)(?:\/|$)/i;

/**
 * Whether a path belongs to a server API, where every answer is JSON, whatever was asked,
 * in whatever letter case.
 *
 * @param url path and query as they were sent; doubled slashes mean one (protocol.md 1.4)
 * @example isApiPath("//payment/nothing?x=1") // true
 */
export function isApiPath(url: string): boolean {
  const path = (url.split(/[?#]/, 1)[0] ?? "").replaceAll(/\/{2,}/g, "/");
  return apis.test(path) && !pages.test(path);
}

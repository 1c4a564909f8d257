import { randomBytes } from "node:crypto";
import type { FastifyReply } from "fastify";

/** A nonce for one response's Content-Security-Policy. */
export function newNonce(): string {
  return randomBytes(16).toString("base64");
}

export interface PageReply {
  readonly status: number;
  readonly nonce: string;
  readonly html: string;
  /**
   * The origin of a return address, for a page that hands the shopper back to it. A browser applies
   * the rule to every redirect that follows, and shops do redirect (from the bare name to www, from
   * their API to their front end), so beside the origin its scheme is allowed.
   */
  readonly formOrigin?: string;
  /** Origins whose pages may show this one in a frame; none unless told otherwise. */
  readonly ancestors?: readonly string[];
}

/**
 * Sends a page that may hold a card: nothing from elsewhere, no inline code but ours, no framing
 * but by who is named, never cached, and nothing of its secret address told to other sites.
 */
export function sendPage(reply: FastifyReply, page: PageReply): FastifyReply {
  const { ancestors = [] } = page;
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${page.nonce}'`,
    `style-src 'nonce-${page.nonce}'`,
    "font-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    `form-action 'self'${page.formOrigin === undefined ? "" : targets(page.formOrigin)}`,
    "base-uri 'none'",
    `frame-ancestors ${ancestors.length === 0 ? "'none'" : ancestors.join(" ")}`,
  ];
  // The older header knows no list of origins, and browsers prefer the policy.
  if (ancestors.length === 0) void reply.header("x-frame-options", "DENY");
  return reply
    .code(page.status)
    .header("content-security-policy", policy.join("; "))
    .header("cache-control", "no-store")
    .header("referrer-policy", "no-referrer")
    .header("x-content-type-options", "nosniff")
    .type("text/html; charset=utf-8")
    .send(page.html);
}

function targets(origin: string): string {
  // An IPv6 literal is no source in a policy; its scheme is.
  const named = origin.includes("[") ? "" : ` ${origin}`;
  return `${named} https:${origin.startsWith("http:") ? " http:" : ""}`;
}

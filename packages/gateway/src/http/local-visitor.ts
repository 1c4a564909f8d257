import type { FastifyRequest } from "fastify";

/** What is known of who asks, before anything is answered. */
export interface Visitor {
  /** The other end of the connection itself, whatever a header says. */
  readonly address: string | undefined;
  readonly host: string | undefined;
  /** Whether a proxy stands between. */
  readonly forwarded: boolean;
}

export function visitorOf(request: FastifyRequest): Visitor {
  return {
    address: request.raw.socket.remoteAddress,
    host: request.headers.host,
    forwarded: isForwarded(request.headers),
  };
}

/**
 * Whether a developer at this very machine asks. The address keeps the network out; the host name
 * keeps out a web page that had its own name resolved to loopback (DNS rebinding); a forwarded
 * request may come from anywhere, a tunnel's above all.
 */
export function isLocalVisitor(visitor: Visitor): boolean {
  return (
    !visitor.forwarded && isLoopbackAddress(visitor.address ?? "") && isOwnHost(visitor.host ?? "")
  );
}

/** Headers that proxies and tunnels add. */
const forwardingHeaders = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"];

export function isForwarded(headers: Readonly<Record<string, unknown>>): boolean {
  return forwardingHeaders.some((name) => headers[name] !== undefined);
}

/** A form sent by another site's page; a browser that says nothing is given the benefit. */
export function isCrossSite(secFetchSite: unknown): boolean {
  return secFetchSite !== undefined && secFetchSite !== "same-origin" && secFetchSite !== "none";
}

function isLoopbackAddress(address: string): boolean {
  return address === "::1" || /^(::ffff:)?127(\.\d{1,3}){3}$/i.test(address);
}

function isOwnHost(host: string): boolean {
  if (!/^[\w.:[\]-]+$/.test(host)) return false;
  const named = URL.parse(`http://${host}`)?.hostname;
  if (named === undefined) return false;
  return (
    named === "localhost" ||
    named.endsWith(".localhost") ||
    named === "[::1]" ||
    /^127(\.\d+){3}$/.test(named)
  );
}

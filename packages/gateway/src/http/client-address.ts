import { isIP } from "node:net";
import type { FastifyRequest } from "fastify";

/**
 * The address of whoever sent a request, by the proxies that are trusted. Some of those append the
 * port, or write a word where they know no address: then it is the proxy's own.
 *
 * @example clientAddress(request) // "203.0.113.9", also from X-Forwarded-For: 203.0.113.9:4711
 */
export function clientAddress({ ip, socket }: Pick<FastifyRequest, "ip" | "socket">): string {
  const bare = ip.replace(/^\[([^\]]*)\](?::\d+)?$/, "$1").replace(/^([\d.]+):\d+$/, "$1");
  return isIP(bare) === 0 ? (socket.remoteAddress ?? ip) : bare;
}

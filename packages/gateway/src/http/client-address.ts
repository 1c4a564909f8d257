import { isIP } from "node:net";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";

interface Asking {
  /** Of Fastify, by its trusted proxies; it says nothing of a connection that broke early. */
  readonly ip: string | undefined;
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/**
 * The address of whoever sent a request, by the proxies that are trusted. Some of those append the
 * port, or write a word where they know no address: then it is the proxy's own. Empty: the connection
 * had broken before anybody asked; see `rememberAddresses`.
 *
 * @example clientAddress(request) // "203.0.113.9", also from X-Forwarded-For: 203.0.113.9:4711
 */
export function clientAddress({ ip = "", socket }: Asking): string {
  const bare = ip.replace(/^\[([^\]]*)\](?::\d+)?$/, "$1").replace(/^([\d.]+):\d+$/, "$1");
  return isIP(bare) === 0 ? (socket.remoteAddress ?? "") : bare;
}

/**
 * Asks each connection for its address while it stands: Node then still knows it when the client has
 * gone, and a shopper may go right after Pay.
 */
export function rememberAddresses({ server }: FastifyInstance): void {
  server.on("connection", (socket) => void socket.remoteAddress);
}

/**
 * Says once that `X-Forwarded-For` came and was not believed: whoever forgot to name a proxy would
 * find all of its shoppers counted as one client.
 */
export function tellUnnamedProxy(app: FastifyInstance, log: Pick<Logger, "warn">): void {
  let told = false;
  app.addHook("onRequest", async ({ headers, ip, socket }) => {
    if (told || headers["x-forwarded-for"] === undefined || ip !== socket.remoteAddress) return;
    told = true;
    log.warn(
      { address: ip },
      "X-Forwarded-For is not believed from an address that WASL_TRUSTED_PROXIES does not name; " +
        "if a proxy of yours has it, all of its shoppers count as one client",
    );
  });
}

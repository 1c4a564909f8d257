import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

type Message = FastifyRequest["raw"];
type Socket = Message["socket"];

/** How long a client may go on sending the request it has begun, in ms. */
const halfSentMsMax = 5000;

/** How long a request that is being answered may take: an acquirer's answer and a head start. */
const answeringMsMax = 16_000;

/** A connection whose answer is out may be kept alive; it is looked for this often. */
const idleLookMs = 200;

/**
 * Watches a server's connections, so that it can be closed in bounded time: Node ends no connection
 * over which half a request has come, and once it closes, not even by its own time limits. To be
 * called before the server listens.
 *
 * @returns takes no more requests, lets those under way end, and then ends every connection
 * @example
 * const close = closable(app);
 * await app.listen({ port: 4400 });
 * await close();
 */
export function closable(app: FastifyInstance): () => Promise<void> {
  const { server } = app;
  const open = new Set<Socket>();
  const answering = new Map<Socket, Message>();
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  server.on("request", (request: Message, response: FastifyReply["raw"]) => {
    const { socket } = request;
    answering.set(socket, request);
    response.once("close", () => answering.delete(socket));
  });
  return async () => {
    const timers = [
      setInterval(() => server.closeIdleConnections(), idleLookMs),
      setTimeout(() => {
        for (const socket of open) if (!answering.get(socket)?.complete) socket.destroy();
      }, halfSentMsMax),
      setTimeout(() => server.closeAllConnections(), answeringMsMax),
    ];
    try {
      await app.close();
    } finally {
      for (const timer of timers) clearTimeout(timer);
    }
  };
}

import { once } from "node:events";
import net, { type AddressInfo, type Socket } from "node:net";

export interface RawServer {
  readonly url: string;
  /** Connections accepted, and requests read to their end, so far. */
  readonly connections: number;
  readonly requests: number;
  close(): Promise<void>;
}

/**
 * A server that says whatever bytes a test wants it to, where an HTTP server would not let it.
 *
 * @param reply called with each request once it is read, counted over all connections from 0
 * @example
 * const server = await startRawServer((socket) => socket.write("HTTP/1.1 200 OK\r\n\r\n"));
 */
export async function startRawServer(
  reply: (socket: Socket, request: number) => unknown,
): Promise<RawServer> {
  let connections = 0;
  let requests = 0;
  const sockets = new Set<Socket>();
  const server = net.createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    let pending = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      const head = pending.indexOf("\r\n\r\n");
      const [, length] = /content-length: (\d+)/i.exec(pending.toString("latin1")) ?? [];
      const end = head + 4 + Number.parseInt(length ?? "0", 10);
      if (head < 0 || pending.length < end) return;
      pending = pending.subarray(end);
      requests += 1;
      reply(socket, requests - 1);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get connections() {
      return connections;
    },
    get requests() {
      return requests;
    },
    close: async () => {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Sends the first bytes once and the others over and over, as fast as they are taken. */
export function flood(socket: Socket, first: string, over: string, bytesMax = Infinity): void {
  const chunk = Buffer.from(over.repeat(Math.ceil(65_536 / over.length)));
  const push = (): void => {
    while (!socket.destroyed && socket.bytesWritten < bytesMax && socket.write(chunk));
  };
  socket.write(first);
  socket.on("drain", push);
  push();
}

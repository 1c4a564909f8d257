import { once } from "node:events";
import http from "node:http";
import https from "node:https";
import net, { type AddressInfo, type Socket } from "node:net";
import type { Duplex } from "node:stream";

/**
 * What the proxy does with a CONNECT: opens the tunnel, says nothing, closes the connection, or
 * sends this text in place of an answer.
 */
export type ProxyMove = "tunnel" | "silence" | "close" | { readonly say: string };

export interface TestProxy {
  readonly url: URL;
  /** Targets of CONNECT in the order they came, and the credentials they came with. */
  readonly asked: readonly string[];
  readonly credentials: readonly (string | undefined)[];
  /** Questions about the proxy itself. */
  readonly pulses: number;
  /** Tunnels that stand. */
  readonly open: number;
  move(next: ProxyMove): void;
  /** What it does with a CONNECT to this host, whatever it does with others. */
  moveFor(host: string, next: ProxyMove): void;
  /** Says nothing to questions about itself from now on. */
  ignorePulses(): void;
  /** Accepts connections from now on, and does nothing more; tunnels that stand go silent too. */
  freeze(): void;
  close(): Promise<void>;
}

/**
 * A real CONNECT proxy. Every name leads to this machine, as if the proxy had resolved it.
 *
 * @example const proxy = await startProxy(); proxy.move({ say: "HTTP/1.1 502 Bad Gateway\r\n\r\n" });
 */
export async function startProxy(
  tls?: { readonly cert: string; readonly key: string },
  scheme = tls ? "https" : "http",
): Promise<TestProxy> {
  let move: ProxyMove = "tunnel";
  const moveOf = new Map<string, ProxyMove>();
  let frozen = false;
  let ignoring = false;
  let pulses = 0;
  const asked: string[] = [];
  const credentials: (string | undefined)[] = [];
  const clients = new Set<Socket>();
  const tunnels = new Set<Socket>();

  const server = tls ? https.createServer(tls) : http.createServer();
  server.on("request", (_request, response) => {
    pulses += 1;
    if (!frozen && !ignoring) response.writeHead(400).end();
  });
  server.on("connect", (request, client: Duplex) => {
    client.on("error", () => undefined);
    asked.push(request.url ?? "");
    credentials.push(request.headers["proxy-authorization"]);
    const now = moveOf.get(request.url?.replace(/:\d+$/, "") ?? "") ?? move;
    if (frozen || now === "silence") return;
    if (now === "close") {
      client.destroy();
      return;
    }
    if (now !== "tunnel") {
      client.end(now.say);
      return;
    }
    const port = Number.parseInt(/:(\d+)$/.exec(request.url ?? "")?.[1] ?? "", 10);
    const target = net.connect(port, "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      client.on("data", (chunk: Buffer) => frozen || target.write(chunk));
      target.on("data", (chunk: Buffer) => frozen || client.write(chunk));
    });
    tunnels.add(target);
    target.on("error", () => undefined);
    target.on("close", () => {
      tunnels.delete(target);
      client.destroy();
    });
    client.on("end", () => target.end()).on("close", () => target.destroy());
  });
  server.on("connection", (socket: Socket) => {
    clients.add(socket);
    socket.on("error", () => undefined).on("close", () => clients.delete(socket));
  });
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: new URL(`${scheme}://127.0.0.1:${port}`),
    asked,
    credentials,
    get pulses() {
      return pulses;
    },
    get open() {
      return tunnels.size;
    },
    move: (next) => {
      move = next;
    },
    moveFor: (host, next) => void moveOf.set(host, next),
    ignorePulses: () => {
      ignoring = true;
    },
    freeze: () => {
      frozen = true;
    },
    close: async () => {
      const closed = once(server, "close");
      server.close();
      for (const socket of [...clients, ...tunnels]) socket.destroy();
      await closed;
    },
  };
}

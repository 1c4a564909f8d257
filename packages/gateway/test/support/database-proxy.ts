import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/**
 * `passing`: as if it were not there. `stalled`: nothing passes and nothing is closed, as behind a
 * firewall that has forgotten a connection. `deaf`: PostgreSQL hears us, and we do not hear it.
 */
export type ProxyMode = "passing" | "stalled" | "deaf";

export interface DatabaseProxy {
  /** In place of the database's own. */
  readonly url: string;
  /** Connections made so far. */
  readonly connections: number;
  /** A connection that was stalled or deaf once stays so: bytes of it are missing. */
  set(mode: ProxyMode): void;
  /** Closes all connections on our side. */
  cut(): void;
  close(): Promise<void>;
}

interface Pipe {
  readonly client: Socket;
  readonly server: Socket;
  mode: ProxyMode;
}

/** Stands between a pool and PostgreSQL. */
export async function startDatabaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl);
  const pipes = new Set<Pipe>();
  let current: ProxyMode = "passing";
  let connections = 0;
  const listener = createServer((client) => {
    connections += 1;
    const server = connect(Number.parseInt(target.port, 10), target.hostname);
    const pipe: Pipe = { client, server, mode: current };
    pipes.add(pipe);
    client.on("data", (chunk) => pipe.mode !== "stalled" && server.write(chunk));
    server.on("data", (chunk) => pipe.mode === "passing" && client.write(chunk));
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on("error", () => undefined);
      one.on("close", () => pipe.mode === "passing" && other.destroy());
    }
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const url = new URL(databaseUrl);
  url.hostname = "127.0.0.1";
  url.port = (listener.address() as AddressInfo).port.toString();
  return {
    url: url.href,
    get connections() {
      return connections;
    },
    set(mode) {
      current = mode;
      if (mode !== "passing") for (const pipe of pipes) pipe.mode = mode;
    },
    cut() {
      for (const { client } of pipes) client.destroy();
    },
    async close() {
      const closed = once(listener, "close");
      listener.close();
      for (const { client, server } of pipes) {
        client.destroy();
        server.destroy();
      }
      await closed;
    },
  };
}

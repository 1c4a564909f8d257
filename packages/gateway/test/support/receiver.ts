import { once } from "node:events";
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import https from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { TlsOptions } from "node:tls";
import { gzipSync } from "node:zlib";
import { captureRequest } from "./response-check.ts";

/** A request as it came over the wire. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Names and values in the order and spelling they were sent. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly at: Date;
}

/** What the receiver does once it has read a request. */
export type Behaviour = (
  response: ServerResponse,
  request: ReceivedRequest,
) => void | Promise<void>;

export interface Receiver {
  /** `http://127.0.0.1:40123`, without a path. */
  readonly url: string;
  readonly port: number;
  readonly requests: readonly ReceivedRequest[];
  /** Connections accepted so far. */
  readonly connections: number;
  /** Those of them that stand. */
  readonly openConnections: number;
  /** Changes what it does from the next request on. */
  behave(behaviour: Behaviour): void;
  /** Waits until this many requests have come. */
  received(count: number, msMax?: number): Promise<readonly ReceivedRequest[]>;
  /** Cuts the connections that stand, as a restarting server does. */
  cut(): void;
  close(): Promise<void>;
}

export interface ReceiverOptions {
  readonly behaviour?: Behaviour;
  /** PEM; with it the receiver speaks TLS. */
  readonly tls?: Pick<TlsOptions, "minVersion" | "maxVersion"> & {
    readonly cert: string;
    readonly key: string;
  };
  readonly port?: number;
  readonly keepAliveMs?: number;
}

/**
 * A real HTTP or HTTPS server for tests, which answers 200 unless told to misbehave.
 *
 * @example
 * const receiver = await startReceiver({ behaviour: answer(500) });
 * await receiver.received(1);
 */
export async function startReceiver(options: ReceiverOptions = {}): Promise<Receiver> {
  let behaviour = options.behaviour ?? answer(200);
  let connections = 0;
  const requests: ReceivedRequest[] = [];
  const waiting = new Set<() => void>();
  const sockets = new Set<Socket>();

  const handle = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    const request = {
      method: message.method ?? "",
      path: message.url ?? "",
      headers: message.headers as Record<string, string>,
      rawHeaders: message.rawHeaders,
      body: Buffer.concat(chunks),
      at: new Date(),
    };
    requests.push(request);
    captureRequest(request);
    for (const check of waiting) check();
    await behaviour(response, request);
  };
  const listener = (message: IncomingMessage, response: ServerResponse): void => {
    handle(message, response).catch(() => message.socket.destroy());
  };
  const server = options.tls
    ? https.createServer(options.tls, listener)
    : http.createServer(listener);
  if (options.keepAliveMs !== undefined) server.keepAliveTimeout = options.keepAliveMs;
  server.on("tlsClientError", () => undefined);
  server.on("connection", (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;

  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `${options.tls ? "https" : "http"}://127.0.0.1:${port}`,
    port,
    requests,
    get connections() {
      return connections;
    },
    get openConnections() {
      return sockets.size;
    },
    behave: (next) => {
      behaviour = next;
    },
    received: (count, msMax = 10_000) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(check);
          reject(new Error(`${requests.length} of ${count} requests after ${msMax} ms`));
        }, msMax);
        const check = (): void => {
          if (requests.length < count) return;
          clearTimeout(timer);
          waiting.delete(check);
          resolve(requests);
        };
        waiting.add(check);
        check();
      }),
    cut,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      cut();
      await closed;
    },
  };
}

/** Answers with this status, headers and body. */
export function answer(
  status: number,
  body: string | Buffer = "",
  headers: Readonly<Record<string, string>> = {},
): Behaviour {
  return (response) => {
    response.writeHead(status, headers).end(body);
  };
}

/** Behaves in turn as told, then as the last. */
export function inTurn(...behaviours: readonly [Behaviour, ...Behaviour[]]): Behaviour {
  let turn = 0;
  return (response, request) => {
    const behaviour = behaviours[Math.min(turn, behaviours.length - 1)] ?? behaviours[0];
    turn += 1;
    return behaviour(response, request);
  };
}

/** Answers only after a while. */
export function after(ms: number, behaviour: Behaviour): Behaviour {
  return async (response, request) => {
    await new Promise((resolve) => {
      setTimeout(resolve, ms);
    });
    await behaviour(response, request);
  };
}

/** Answers only once it is told to. */
export function onceTold(behaviour: Behaviour): { readonly behaviour: Behaviour; tell(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return {
    behaviour: async (response, request) => {
      await promise;
      await behaviour(response, request);
    },
    tell: resolve,
  };
}

/** Never answers. */
export const hang: Behaviour = () => undefined;

/** Closes the connection with a reset in place of an answer. */
export const reset: Behaviour = (response) => {
  response.socket?.resetAndDestroy();
};

/** Begins an answer of 200 and breaks off. */
export const resetInBody: Behaviour = (response) => {
  response.writeHead(200, { "content-length": "100" });
  response.write("half");
  setTimeout(() => response.socket?.resetAndDestroy(), 20);
};

/** Sends the head at once and then a byte now and then, for ever. */
export const dripBody: Behaviour = (response) => {
  response.writeHead(200);
  const timer = setInterval(() => response.write("."), 20);
  response.on("close", () => clearInterval(timer));
};

/** Sends a head that never ends, a byte at a time. */
export const dripHead: Behaviour = (response) => {
  const { socket } = response;
  socket?.write("HTTP/1.1 200 OK\r\nx-slow: ");
  const timer = setInterval(() => socket?.write("."), 20);
  socket?.on("close", () => clearInterval(timer));
};

/** Sends a body without end as fast as it is taken. */
export const endlessBody: Behaviour = (response) => {
  response.writeHead(200);
  const chunk = Buffer.alloc(65_536, "x");
  const push = (): void => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on("drain", push);
  push();
};

/** Answers with a few KiB that unpack to many MiB. */
export const gzipBomb: Behaviour = (response) => {
  response.writeHead(200, { "content-encoding": "gzip", "content-type": "text/html" });
  response.end(gzipSync(Buffer.alloc(12 * 1024 * 1024, "x")));
};

/** Sends these bytes in place of an answer. */
export function rawAnswer(bytes: string | Buffer): Behaviour {
  return (response) => {
    response.socket?.end(bytes);
  };
}

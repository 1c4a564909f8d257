import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { monotonicMs } from "./clock.ts";
import { serveParent } from "./processes.ts";

/**
 * The merchants' servers, in a process of their own: as little as node:http can do. It reads the
 * body, because a real shop does, and answers 200; or it never answers.
 */
const methods = {
  listen,
  reset,
  received: () => received,
  arrivals: () => arrivals,
  arrivalCount: () => arrivals.size,
  hangs: () => hangs,
};

export type ReceiverMethods = typeof methods;

/** Requests answered so far. */
let received = 0;

/** When the head of a request was there, by its `webhook-id`; only where a bench asks for it. */
let arrivals = new Map<string, number>();
let recordsArrivals = false;

/** When requests that never get an answer came, by path. */
let hangs = new Map<string, number[]>();

async function listen(options: {
  readonly ports: number;
  readonly hang?: boolean;
  readonly arrivals?: boolean;
}): Promise<{ readonly origins: string[] }> {
  recordsArrivals ||= options.arrivals ?? false;
  const handler = options.hang ? hang : answer;
  const origins = await Promise.all(Array.from({ length: options.ports }, () => open(handler)));
  return { origins };
}

async function open(
  handler: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  // A server that hangs up on idle connections would make the senders' retries part of the figures.
  const server = createServer({ keepAliveTimeout: 120_000, requestTimeout: 0 }, handler);
  server.listen(0, "127.0.0.1", 4096);
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const headers = { "content-type": "text/plain", "content-length": "2" };

function answer(request: IncomingMessage, response: ServerResponse): void {
  if (recordsArrivals) {
    const id = request.headers["webhook-id"];
    // The first time counts: what comes again is a repetition.
    if (typeof id === "string" && !arrivals.has(id)) arrivals.set(id, monotonicMs());
  }
  request.resume();
  request.once("end", () => {
    received += 1;
    response.writeHead(200, headers).end("ok");
  });
}

function hang(request: IncomingMessage): void {
  const path = request.url ?? "";
  const times = hangs.get(path);
  if (times) times.push(monotonicMs());
  else hangs.set(path, [monotonicMs()]);
  request.resume();
}

function reset(): void {
  received = 0;
  arrivals = new Map();
  hangs = new Map();
}

serveParent(methods);

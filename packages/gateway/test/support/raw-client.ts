import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A reply as it came over the wire. */
export interface RawReply {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The server closed the connection without a whole reply. */
export const closed = "closed";

/** No reply, and no end of the connection, within the time. */
export const silence = "silence";

export type RawOutcome = RawReply | typeof closed | typeof silence;

/**
 * Speaks HTTP/1.1 as it is told, byte by byte, over one connection that it keeps: what no decent
 * client would send. One request at a time.
 */
export interface RawClient {
  /** `expectsBody` is false for the reply to a HEAD, which has a length and no body. */
  exchange(request: Buffer, msMax: number, expectsBody?: boolean): Promise<RawOutcome>;
  close(): void;
}

export function createRawClient(port: number): RawClient {
  let socket: Socket | undefined;
  const drop = (): void => {
    socket?.destroy();
    socket = undefined;
  };
  return {
    async exchange(request, msMax, expectsBody = true) {
      socket = socket?.writable === true ? socket : await open(port);
      const outcome = await exchange(socket, request, { msMax, expectsBody });
      if (typeof outcome === "string" || outcome.headers["connection"] === "close") drop();
      return outcome;
    },
    close: drop,
  };
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  // A reset is seen as the end of the connection.
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

function exchange(
  socket: Socket,
  request: Buffer,
  { msMax, expectsBody }: { msMax: number; expectsBody: boolean },
): Promise<RawOutcome> {
  return new Promise((resolve) => {
    let received: Buffer = Buffer.alloc(0);
    const finish = (outcome: RawOutcome): void => {
      clearTimeout(timer);
      socket.off("data", take).off("close", end);
      resolve(outcome);
    };
    const take = (chunk: Buffer): void => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      const reply = readReply(received, expectsBody);
      if (reply !== undefined) finish(reply);
    };
    const end = (): void => finish(closed);
    const timer = setTimeout(() => finish(silence), msMax);
    socket.on("data", take).on("close", end);
    socket.write(request);
  });
}

/** The first reply that is no mere `100 Continue`, once it is whole. */
function readReply(received: Buffer, expectsBody: boolean): RawReply | undefined {
  const headEnd = received.indexOf("\r\n\r\n");
  if (headEnd < 0) return undefined;
  const [statusLine = "", ...lines] = received.toString("latin1", 0, headEnd).split("\r\n");
  const status = Number.parseInt(statusLine.split(" ")[1] ?? "", 10);
  const rest = received.subarray(headEnd + 4);
  if (status < 200) return readReply(rest, expectsBody);
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  if (!expectsBody || status === 204 || status === 304) return { status, headers, body: "" };
  const body = headers["transfer-encoding"] === "chunked" ? unchunk(rest) : cut(rest, headers);
  return body === undefined ? undefined : { status, headers, body };
}

function cut(rest: Buffer, headers: Readonly<Record<string, string>>): string | undefined {
  const length = Number.parseInt(headers["content-length"] ?? "0", 10);
  return rest.length < length ? undefined : rest.toString("utf8", 0, length);
}

function unchunk(rest: Buffer): string | undefined {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = rest.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(rest.toString("latin1", at, lineEnd), 16);
    const next = lineEnd + 2 + size + 2;
    if (rest.length < next) return undefined;
    if (size === 0) return Buffer.concat(parts).toString("utf8");
    parts.push(rest.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = next;
  }
}

import { once } from "node:events";
import type { Socket } from "node:net";
import { Worker } from "node:worker_threads";
import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { answerBytesMax, exchange, wireBytesMax } from "../../src/deliveries/exchange.ts";
import { verdicts } from "../../src/deliveries/verdicts.ts";
import { flood, type RawServer, startRawServer } from "../support/raw-server.ts";
import { answer, type Behaviour, gzipBomb } from "../support/receiver.ts";
import { attempt, held, useSending } from "../support/sending.ts";

const { onEnd, receiver, sockets, attemptAgainst } = useSending();

async function rawServer(reply: (socket: Socket, request: number) => unknown): Promise<RawServer> {
  const server = await startRawServer(reply);
  onEnd(() => server.close());
  return server;
}

/** One attempt against a server that answers with these bytes and leaves the connection open. */
async function against(bytes: string | ((socket: Socket) => unknown)) {
  const server = await rawServer((socket) => {
    return typeof bytes === "string" ? socket.write(bytes, "latin1") : bytes(socket);
  });
  return attempt(held(server.url), sockets());
}

/** Writes these bytes, and cuts the connection once they have been read. */
function thenReset(bytes: string) {
  return (socket: Socket) => {
    socket.write(bytes);
    // So that the bytes are read before the reset drops them.
    setTimeout(() => socket.resetAndDestroy(), 30);
  };
}

/** Long enough for what was written to be read by itself. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 2);
  });
}

/** What one read of a socket may bring at once. */
const readBytes = 65_536;

const ok = "HTTP/1.1 200 OK\r\n";
const floods: readonly [name: string, first: string, over: string, verdict: string][] = [
  ["a body", `${ok}\r\n`, "x", "ok"],
  ["a body of 100 MB, announced", `${ok}Content-Length: 104857600\r\n\r\n`, "x", "ok"],
  ["chunks", `${ok}Transfer-Encoding: chunked\r\n\r\n`, "5\r\nhello\r\n", "ok"],
  ["one header", `${ok}X-Long: `, "x", "bad_answer"],
  ["a header's name", ok, "x", "bad_answer"],
  ["headers", ok, "x: y\r\n", "bad_answer"],
  ["cookies", ok, "Set-Cookie: a=b\r\n", "bad_answer"],
  ["a reason", "HTTP/1.1 200 ", "x", "bad_answer"],
  ["empty lines before the answer", "\r\n", "\r\n", "bad_answer"],
  ["answers 102", "", "HTTP/1.1 102 Processing\r\n\r\n", "bad_answer"],
  ["answers 103 with headers", "", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", "bad_answer"],
  ["answers 100", "", "HTTP/1.1 100 Continue\r\n\r\n", "bad_answer"],
  ["a chunk's extension", `${ok}Transfer-Encoding: chunked\r\n\r\n5;x=`, "x", "bad_answer"],
  ["a chunk's size", `${ok}Transfer-Encoding: chunked\r\n\r\n`, "0", "bad_answer"],
  [
    "chunks that are almost all framing",
    `${ok}Transfer-Encoding: chunked\r\n\r\n`,
    `1;${"x".repeat(200)}\r\ny\r\n`,
    "bad_answer",
  ],
  ["trailers", `${ok}Transfer-Encoding: chunked\r\n\r\n0\r\n`, "x: y\r\n", "bad_answer"],
];

describe("what comes without end", () => {
  it.each(floods)("as %s has a verdict", async (_name, first, over, verdict) => {
    expect((await against((socket) => flood(socket, first, over))).verdict).toBe(verdict);
  });

  it.each(floods)("as %s is not read to the end", async (_name, first, over) => {
    const server = await rawServer((socket) => flood(socket, first, over));
    const slot = sockets().acquire("lane", server.url, true);
    // Long enough to show that it is not the time which ends the reading.
    await exchange(slot, { path: "/", headers: [], body: Buffer.from("x") }, 20_000);
    expect(slot.connection.socket?.bytesRead).toBeLessThanOrEqual(wireBytesMax + 2 * readBytes);
  });

  it("as a body is read to its limit and no further", async () => {
    const server = await rawServer((socket) => flood(socket, `${ok}\r\n`, "x"));
    const slot = sockets().acquire("lane", server.url, true);
    const end = await exchange(slot, { path: "/", headers: [], body: Buffer.from("x") }, 20_000);
    expect(end).toMatchObject({ kind: "answer", cut: true });
    expect(end.kind === "answer" && end.bytes.length).toBe(answerBytesMax);
    expect(slot.connection.socket?.bytesRead).toBeLessThanOrEqual(2 * readBytes);
  });

  it.each<[string, Behaviour]>([
    ["a bomb of a few KiB", gzipBomb],
    [
      "a bomb that would be 200 MiB",
      answer(200, gzipSync(Buffer.alloc(200 * 1024 * 1024)), { "content-encoding": "gzip" }),
    ],
  ])("as %s is unpacked for as much as is looked at", async (_name, behaviour) => {
    const { verdict, report } = await attemptAgainst(behaviour);
    expect(verdict).toBe("ok");
    expect(report.answer).toHaveLength(1024);
  });
});

describe("an answer that breaks off", () => {
  it.each([
    ["short of its length", "Content-Length: 100\r\n\r\nhalf"],
    ["short of its length, closing anyway", "Connection: close\r\nContent-Length: 100\r\n\r\nhalf"],
    ["between chunks", "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"],
    [
      "between chunks, closing anyway",
      "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    ],
    ["in a chunk", "Transfer-Encoding: chunked\r\n\r\n64\r\nhalf"],
  ])("%s is a reset, be it by FIN or RST", async (_name, rest) => {
    expect((await against((socket) => socket.end(`${ok}${rest}`))).verdict).toBe("reset");
    expect((await against(thenReset(`${ok}${rest}`))).verdict).toBe("reset");
  });

  it("though it has no length ends well by FIN, and not by RST", async () => {
    expect((await against((socket) => socket.end(`${ok}\r\nhalf`))).verdict).toBe("ok");
    expect((await against(thenReset(`${ok}\r\nhalf`))).verdict).toBe("reset");
  });
});

describe("an answer that lies", () => {
  it.each([
    ["a length that is no number", "Content-Length: abc\r\n\r\nOk"],
    ["a negative length", "Content-Length: -1\r\n\r\nOk"],
    ["a length beyond all numbers", "Content-Length: 99999999999999999999999\r\n\r\nOk"],
    ["two lengths", "Content-Length: 2\r\nContent-Length: 3\r\n\r\nOk"],
    [
      "a length and chunks",
      "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nOk\r\n0\r\n\r\n",
    ],
    ["a chunk size that is no number", "Transfer-Encoding: chunked\r\n\r\nzz\r\nOk\r\n0\r\n\r\n"],
    ["a negative chunk size", "Transfer-Encoding: chunked\r\n\r\n-2\r\nOk\r\n0\r\n\r\n"],
    [
      "a chunk size beyond all numbers",
      `Transfer-Encoding: chunked\r\n\r\n${"f".repeat(17)}\r\nOk`,
    ],
    ["a chunk longer than its size", "Transfer-Encoding: chunked\r\n\r\n1\r\nOk\r\n0\r\n\r\n"],
    ["a header with NUL", "X: a\0b\r\nContent-Length: 0\r\n\r\n"],
    ["a header's name with a space", "X y: z\r\nContent-Length: 0\r\n\r\n"],
    ["a line that is no header", "hello\r\nContent-Length: 0\r\n\r\n"],
    ["bare line ends", "X: y\nZ\n\n"],
  ])("by %s is no answer", async (_name, rest) => {
    expect((await against(`${ok}${rest}`)).verdict).toBe("bad_answer");
  });

  it.each(["HTTP/1.1 099 No", "HTTP/1.1 20 No", "HTTP/1.1 2000 No", "ICY 200 OK"])(
    "by the status line %j is no answer",
    async (line) => {
      const { verdict } = await against(`${line}\r\nContent-Length: 0\r\n\r\n`);
      expect(verdict).toBe("bad_answer");
    },
  );

  it("by headers that JavaScript knows is taken as it stands", async () => {
    const names = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"];
    const lines = names.map((name) => `${name}: x\r\n${name}: y\r\n`).join("");
    expect((await against(`${ok}${lines}Content-Length: 2\r\n\r\nOk`)).verdict).toBe("ok");
    expect({}).not.toHaveProperty("x");
  });

  it("by hundreds of cookies is taken, and they are not kept", async () => {
    const cookies = "Set-Cookie: a=b\r\n".repeat(500);
    const { verdict, report } = await against(`${ok}${cookies}Content-Length: 2\r\n\r\nOk`);
    expect(verdict).toBe("ok");
    expect(report.answerHeaders).toEqual({ "content-length": "2" });
  });
});

describe("text that databases refuse", () => {
  it("is not in details: NUL and half characters", async () => {
    const text = `invalid csrf token`;
    const { verdict, detail } = await attemptAgainst(
      answer(403, Buffer.concat([Buffer.from([0, 0xed, 0xa0, 0x80]), Buffer.from(text)])),
    );
    expect(verdict).toBe("csrf");
    expect(detail.isWellFormed()).toBe(true);
    expect(detail).not.toContain("\0");
  });

  it("is in the kept answer as it came, byte by byte", async () => {
    const bytes = Buffer.from([0, 1, 0xed, 0xa0, 0x80, 0xff, 0]);
    const { report } = await attemptAgainst(answer(500, bytes));
    expect(report.answer.equals(bytes)).toBe(true);
  });

  it("is not in kept headers: bytes above ASCII, and long values cut anywhere", async () => {
    const location = `Location: /${"\xf0\x9f\x98\x80".repeat(300)}\r\n`;
    const { report } = await against(`HTTP/1.1 301 No\r\n${location}Content-Length: 0\r\n\r\n`);
    expect(report.answerHeaders["location"]).toHaveLength(512);
    expect(report.answerHeaders["location"]?.isWellFormed()).toBe(true);
  });
});

describe("a redirect is not followed", () => {
  it.each([301, 302, 303, 307, 308])("with %i, wherever it goes", async (status) => {
    const inner = await receiver();
    const completion = await attemptAgainst(answer(status, "", { location: `${inner.url}/admin` }));
    expect(completion.verdict).toBe("redirect");
    expect(inner.connections).toBe(0);
  });
});

describe("an answer nobody asked for", () => {
  const good = `${ok}Content-Length: 2\r\n\r\nOk`;
  const bad = "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n";

  it.each<[string, (socket: Socket) => unknown]>([
    ["in the same breath", (socket) => socket.write(good + good)],
    [
      "a moment later",
      (socket) => {
        socket.write(good);
        setTimeout(() => socket.write(good), 20);
      },
    ],
    ["by half", (socket) => socket.write(`${good}HTTP/1.1 200 OK\r\nContent-Le`)],
    ["as a body longer than its length", (socket) => socket.write(`${good}, all is well`)],
    [
      "behind an answer that has no body",
      (socket) => {
        socket.write(`HTTP/1.1 204 No Content\r\n\r\n${good}`);
      },
    ],
    [
      "as the body of an answer that has none",
      (socket) => {
        socket.write(`HTTP/1.1 204 No Content\r\nContent-Length: ${good.length}\r\n\r\n${good}`);
      },
    ],
    [
      "behind the last chunk",
      (socket) => {
        socket.write(`${ok}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${good}`);
      },
    ],
  ])("%s is not taken for the next one's", async (_name, first) => {
    const server = await rawServer((socket, n) => (n === 0 ? first(socket) : socket.write(bad)));
    const by = sockets();
    expect((await attempt(held(server.url), by)).next).toEqual({ state: "delivered" });
    await new Promise((resolve) => {
      setTimeout(resolve, 40);
    });
    expect((await attempt(held(server.url), by)).verdict).toBe("app_error");
    expect(server.connections).toBe(2);
  });

  it("that came while nobody looked is not taken for the next one's", async () => {
    const port = await startBabbler();
    const by = sockets();
    const url = `http://127.0.0.1:${port}/cb`;
    expect((await attempt(held(url), by)).verdict).toBe("ok");
    // This thread reads nothing until the second answer has come, and sends at once then.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 150);
    expect((await attempt(held(url), by)).verdict).toBe("app_error");
  });

  /** In a thread of its own: answers the first request twice, and all others with 500. */
  async function startBabbler(): Promise<number> {
    const source = `
      let requests = 0;
      const server = require("node:net").createServer((socket) => {
        socket.on("error", () => undefined);
        socket.on("data", (chunk) => {
          if (!chunk.includes("\\r\\n\\r\\n")) return;
          requests += 1;
          if (requests > 1) return socket.write(${JSON.stringify(bad)});
          socket.write(${JSON.stringify(good)});
          setTimeout(() => socket.write(${JSON.stringify(good)}), 50);
        });
      });
      server.listen(0, "127.0.0.1", () => {
        require("node:worker_threads").parentPort.postMessage(server.address().port);
      });`;
    const worker = new Worker(source, { eval: true });
    onEnd(() => worker.terminate());
    const [port] = (await once(worker, "message")) as [number];
    return port;
  }
});

describe("whatever comes", () => {
  const pieces = [
    "HTTP/1.1 200 OK",
    "HTTP/1.0 200",
    "HTTP/1.1 103 Hints",
    "HTTP/1.1 500 ",
    "HTTP/1.1 204 No",
    "Content-Length: 5",
    "Content-Length: 0",
    "Transfer-Encoding: chunked",
    "Connection: close",
    "Connection: keep-alive",
    "Keep-Alive: timeout=0",
    "Content-Encoding: gzip",
    "Upgrade: x",
    "\r\n",
    "\r\n\r\n",
    "\n",
    "5\r\nhello\r\n",
    "0\r\n\r\n",
    "hello",
    ":",
    "\0",
    " ",
  ];
  const script = fc.record({
    writes: fc.array(
      fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: "binary", maxLength: 8 }))),
      { maxLength: 4 },
    ),
    end: fc.constantFrom("FIN", "RST", "open"),
  });

  it("has a verdict, and the next attempt gets its own answer", async () => {
    await fc.assert(
      fc.asyncProperty(script, async ({ writes, end }) => {
        const { promise: allSaid, resolve: said } = Promise.withResolvers<void>();
        const server = await startRawServer(async (socket, n) => {
          if (n > 0) return socket.end("HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n");
          for (const write of writes) {
            socket.write(write.join(""), "latin1");
            await nextTurn();
          }
          if (end === "FIN") socket.end();
          if (end === "RST") socket.resetAndDestroy();
          return said();
        });
        const by = sockets();
        expect(verdicts).toHaveProperty((await attempt(held(server.url), by, 60)).verdict);
        await allSaid;
        await nextTurn();
        expect((await attempt(held(server.url), by)).verdict).toBe("gone");
        await by.close();
        await server.close();
      }),
      { numRuns: 60 },
    );
  });
});

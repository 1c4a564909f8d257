import dgram from "node:dgram";
import { once } from "node:events";

/** What a name server does with a question: addresses, a response code, or nothing at all. */
export type NameAnswer = readonly string[] | "NXDOMAIN" | "SERVFAIL" | "REFUSED" | "silence";

export interface NameServer {
  /** `127.0.0.1:53535`, for `createPublicResolver`. */
  readonly address: string;
  close(): void;
}

const codes = { NXDOMAIN: 3, SERVFAIL: 2, REFUSED: 5 } as const;

/**
 * A real name server on a UDP port of its own.
 *
 * @example
 * const server = await startNameServer((name, type) => (type === "A" ? ["127.0.0.1"] : []));
 */
export async function startNameServer(
  answerTo: (name: string, type: "A" | "AAAA" | "NS") => NameAnswer,
): Promise<NameServer> {
  const server = dgram.createSocket("udp4");
  server.on("message", (query, { port, address }) => {
    const { name, type, end } = questionOf(query);
    const answer = answerTo(name, type);
    if (answer !== "silence") server.send(reply(query.subarray(0, end), answer), port, address);
  });
  server.bind(0, "127.0.0.1");
  await once(server, "listening");
  return { address: `127.0.0.1:${server.address().port}`, close: () => server.close() };
}

function questionOf(query: Buffer): { name: string; type: "A" | "AAAA" | "NS"; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString("ascii", at + 1, at + 1 + length));
    at += 1 + length;
  }
  const number = query.readUInt16BE(at + 1);
  return {
    name: labels.join("."),
    type: number === 1 ? "A" : number === 28 ? "AAAA" : "NS",
    end: at + 5,
  };
}

/** The question again, and behind it IPv4 addresses, if any. */
function reply(question: Buffer, answer: Exclude<NameAnswer, "silence">): Buffer {
  const addresses = typeof answer === "string" ? [] : answer;
  const head = Buffer.from(question.subarray(0, 12));
  head.writeUInt16BE(0x8180 + (typeof answer === "string" ? codes[answer] : 0), 2);
  head.writeUInt16BE(addresses.length, 6);
  // No authority, and none of the additional record that the question came with.
  head.fill(0, 8, 12);
  const records = addresses.map((address) => {
    const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 0, 0, 0, 0]);
    for (const [n, part] of address.split(".").entries())
      record[12 + n] = Number.parseInt(part, 10);
    return record;
  });
  return Buffer.concat([head, question.subarray(12), ...records]);
}

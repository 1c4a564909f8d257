import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { goodRequest, startTestGateway, type TestGateway } from "../support/gateway.ts";
import { closed, createRawClient, type RawOutcome, silence } from "../support/raw-client.ts";
import { typeCard, visit } from "../support/stranger.ts";
import { countRows, type RowCounts } from "../support/row-counts.ts";
import { bytesOf, type FuzzRequest, fuzzRequests, type FuzzTarget } from "./fuzz-requests.ts";

/** `WASL_FUZZ_SEED` and `WASL_FUZZ_REQUESTS` try others, or a failure again. */
const seed = Number.parseInt(process.env["WASL_FUZZ_SEED"] ?? "20260401", 10);
const requestsMin = Number.parseInt(process.env["WASL_FUZZ_REQUESTS"] ?? "20000", 10);

const batchSize = 500;
const connections = 8;
/** No request may take longer. */
const replyMsMax = 2000;

let gateway: TestGateway;
let target: FuzzTarget;

beforeAll(async () => {
  gateway = await startTestGateway();
  const { profileId, serverKey } = gateway.profile;
  const open = await create("sale");
  const { ref: paidRef } = await pay(await create("sale"));
  const { ref: heldRef } = await pay(await create("auth"));
  const pagePath = new URL(open.url).pathname;
  target = { profileId, serverKey, tranRef: open.ref, pagePath, paidRef, heldRef };
});

afterAll(() => gateway.stop());

interface Created {
  readonly ref: string;
  readonly url: string;
}

let carts = 0;

async function create(type: string): Promise<Created> {
  carts += 1;
  const changes = { cart_id: `before-${carts}`, tran_type: type };
  const { json } = await gateway.call("/payment/request", { ...goodRequest, ...changes });
  return { ref: json.tran_ref, url: json.redirect_url };
}

async function pay(payment: Created): Promise<Created> {
  await typeCard(await visit(payment.url), { number: "4111111111111111", code: "123" });
  return payment;
}

interface Answered {
  readonly request: FuzzRequest;
  readonly outcome: RawOutcome;
}

/** Requests that had no reply at first. */
let silences = 0;

/** Sends a batch over a few connections that are kept. */
async function sendAll(requests: readonly FuzzRequest[]): Promise<Answered[]> {
  const port = Number.parseInt(new URL(gateway.url).port, 10);
  const answered: Answered[] = [];
  const queue = requests.values();
  const work = async (): Promise<void> => {
    const kept = createRawClient(port);
    for (const request of queue) {
      const client = request.breaksHttp === true ? createRawClient(port) : kept;
      const expectsBody = request.method !== "HEAD";
      const exchange = () => client.exchange(bytesOf(request), replyMsMax, expectsBody);
      let outcome = await exchange();
      // The machine may have been busy; the gateway hangs if it does so again, or often.
      if (outcome === silence) {
        silences += 1;
        outcome = await exchange();
      }
      answered.push({ request, outcome });
      if (client !== kept) client.close();
    }
    kept.close();
  };
  await Promise.all(Array.from({ length: connections }, work));
  return answered;
}

const isApiPath = (path: string): boolean => /^\/payment(?:\/(?!page\/|wr\/)|$)/.test(path);

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a page was created, or a transaction completed. */
function isAccepted({ request, outcome }: Answered): boolean {
  if (typeof outcome === "string" || outcome.status !== 200) return false;
  return request.path === "/payment/request" && parse(outcome.body)?.["tran_ref"] !== undefined;
}

/** What is wrong with the reply to a request; `undefined` when nothing is. */
function faultOf(answered: Answered): string | undefined {
  const { request, outcome } = answered;
  if (outcome === silence) return `no reply within ${replyMsMax} ms, twice`;
  if (outcome === closed) return request.breaksHttp === true ? undefined : "no reply";
  const { status, headers, body } = outcome;
  if (status >= 500) return `status ${status}: ${body}`;
  if (request.must === "accept") return isAccepted(answered) ? undefined : `refused: ${body}`;
  if (request.must === "refuse" && status < 400) return `accepted with ${status}: ${body}`;
  if (!isApiPath(request.path) || request.method === "HEAD") return undefined;
  const type = headers["content-type"] ?? "of no type";
  if (!type.startsWith("application/json")) return `${status} is ${type}: ${body.slice(0, 200)}`;
  const reply = parse(body);
  if (reply === undefined) return `${status} is no JSON: ${body.slice(0, 200)}`;
  return status < 400 ? undefined : refusalFault(reply);
}

/** An error object: three members of their types, and nothing that was secret (protocol.md 4). */
function refusalFault(reply: Record<string, unknown>): string | undefined {
  const { code, message, trace, ...others } = reply;
  const whole =
    Number.isInteger(code) &&
    typeof message === "string" &&
    message !== "" &&
    /^PMNT\d{4}\.[0-9A-F]{8}\.[0-9A-F]{8}$/.test(String(trace)) &&
    Object.keys(others).length === 0;
  if (!whole) return `no error object: ${JSON.stringify(reply)}`;
  const leaks = message.includes("4111111111111111") || message.includes(target.serverKey);
  return leaks ? "the message repeats a card or a key" : undefined;
}

/** Rows may come only from what was accepted. */
function rowFault(before: RowCounts, after: RowCounts, accepted: number): string | undefined {
  const changed = Object.keys(after).filter((table) => after[table] !== before[table]);
  if (accepted === 0 && changed.length > 0) return `rows were written to ${changed.join(", ")}`;
  const created = (after["transaction"] ?? 0) - (before["transaction"] ?? 0);
  if (created === accepted) return undefined;
  return `${accepted} requests were accepted, ${created} transactions written`;
}

/** Sends a batch and notes what is wrong with its replies and with the rows it left. */
async function sendAndCheck(
  batch: readonly FuzzRequest[],
  findings: Findings,
): Promise<readonly Answered[]> {
  const before = await countRows(gateway.database.pool);
  const answered = await sendAll(batch);
  const after = await countRows(gateway.database.pool);
  for (const each of answered) {
    const fault = faultOf(each);
    if (fault !== undefined) findings.add(fault, each.request, show(each.request));
  }
  const fault = rowFault(before, after, answered.filter(isAccepted).length);
  const [first] = batch;
  if (fault !== undefined && first) findings.add(fault, first, "in a batch that begins with it");
  return answered;
}

/** Mutated requests that were refused among others are sent again by themselves, so many. */
const repeatedMax = 1000;

/** Whether it was mutated, and refused for that: it will be again, and leaves no row at all. */
function isRefused({ request, outcome }: Answered): boolean {
  return (
    request.kind === "mutated" &&
    request.must === undefined &&
    typeof outcome !== "string" &&
    outcome.status >= 400
  );
}

/** The request as text, with neither a card number nor the key. */
function show(request: FuzzRequest): string {
  return bytesOf(request)
    .toString("utf8")
    .replaceAll(target.serverKey, "<server key>")
    .replaceAll(/\d{13,19}/g, (digits) => `${digits.slice(0, 6)}…${digits.slice(-4)}`)
    .slice(0, 3000);
}

const replay = `again with WASL_FUZZ_SEED=${seed} WASL_FUZZ_REQUESTS=${requestsMin}`;

/** Those that must be refused go by themselves, so that every row they leave is seen. */
function batchesOf(requests: readonly FuzzRequest[]): FuzzRequest[][] {
  const groups = [
    requests.filter(({ must }) => must === "refuse"),
    requests.filter(({ must }) => must !== "refuse"),
  ];
  return groups.flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / batchSize) }, (_, n) =>
      group.slice(n * batchSize, (n + 1) * batchSize),
    ),
  );
}

/** Faults of one sort are told once, with the first request that showed it. */
class Findings {
  readonly #bySort = new Map<string, string>();

  add(fault: string, { kind, method, path }: FuzzRequest, text: string): void {
    const sort = [kind, method, path.slice(0, 20), fault.slice(0, 40)].join(" ");
    if (!this.#bySort.has(sort)) this.#bySort.set(sort, `${fault}\n${text}`);
  }

  complain(): void {
    if (this.#bySort.size === 0) return;
    const shown = [...this.#bySort.values()].slice(0, 5).join("\n\n");
    const sorts = [...this.#bySort.keys()].join("\n");
    throw new Error(`${shown}\n\nall sorts of faults:\n${sorts}\n${replay}`);
  }
}

test(
  `${requestsMin} requests: no fault, no silence, no row that was not asked for`,
  async () => {
    const requests = fc.sample(fuzzRequests(target), { seed, numRuns: requestsMin });
    const findings = new Findings();
    const kinds = new Map<string, number>();
    const refused: FuzzRequest[] = [];
    for (const batch of batchesOf(requests)) {
      for (const each of await sendAndCheck(batch, findings)) {
        const kind = `${each.request.kind}, ${isAccepted(each) ? "accepted" : "refused"}`;
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
        if (isRefused(each) && refused.length < repeatedMax) refused.push(each.request);
      }
    }
    for (const batch of batchesOf(refused)) {
      const again = await sendAndCheck(batch, findings);
      expect(again.filter(isAccepted)).toEqual([]);
    }
    findings.complain();
    expect(silences).toBeLessThanOrEqual(3);
    // All were sent, and what the gateway had to judge was not all judged alike.
    const sent = [...kinds.values()].reduce((sum, count) => sum + count, 0);
    expect(sent).toBe(requestsMin);
    expect(kinds.get("in order, accepted")).toBeGreaterThan(requestsMin / 20);
    expect(kinds.get("mutated, accepted")).toBeGreaterThan(requestsMin / 50);
    expect(kinds.get("mutated, refused")).toBeGreaterThan(requestsMin / 10);
  },
  30_000 + requestsMin * 5,
);

/**
 * Every Return and every notice (Callback, IPN) that a test's shop or receiver gets, or that is
 * left in a test's database, is verified as a merchant would, whatever the test itself is about.
 * `response-check-setup.ts` fails the test, or its file, for each that is not genuine.
 */
import type { Pool } from "pg";
import {
  noticeFault,
  returnFault,
  returnFields,
  type SignedRequest,
  withoutLocalParameters,
} from "./response-verifier.ts";

export interface CapturedRequest extends SignedRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
}

type Captured =
  | { readonly kind: "return"; readonly fields: readonly (readonly [string, string])[] }
  | { readonly kind: "notice"; readonly request: SignedRequest };

/** Server keys by client key, of all the profiles the test file has had. */
const serverKeys = new Map<string, string>();
const pools = new Set<Pool>();
const captured: Captured[] = [];
const faults: string[] = [];

/** Profiles of this database sign responses from now on. */
export function watchDatabase(pool: Pool): void {
  pools.add(pool);
}

/** To be called before the database goes: learns its keys, and verifies what lies in its queue. */
export async function leaveDatabase(pool: Pool): Promise<void> {
  if (!pools.delete(pool)) return;
  await learnKeys(pool);
  const { rows } = await pool.query<{ headers: Record<string, string>; body: Buffer }>(
    `select headers, body from delivery
     where headers ->> 'Client-Key' is not null order by delivery_id desc limit 1000`,
  );
  for (const { headers, body } of rows) {
    const lowerCase = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
    captured.push({ kind: "notice", request: { headers: Object.fromEntries(lowerCase), body } });
  }
}

/** A request that came to a test's server. Anything but a Return or a notice is passed over. */
export function captureRequest(request: CapturedRequest): void {
  const [, query = ""] = request.path.split("?");
  captureFields(withoutLocalParameters(new URLSearchParams(query)));
  const type = request.headers["content-type"];
  if (typeof type === "string" && type.startsWith("application/x-www-form-urlencoded")) {
    captureFields([...new URLSearchParams(request.body.toString("utf8"))]);
  } else if (claimsProfile(request) || tellsOutcome(request)) {
    captured.push({ kind: "notice", request });
  }
}

/** The fields of a form, or of an address: a Return if it says how a payment ended. */
export function captureFields(fields: readonly (readonly [string, string])[]): void {
  const names = new Set(fields.map(([name]) => name));
  if (names.has("respStatus") && names.has("tranRef")) captured.push({ kind: "return", fields });
}

/** What has been captured so far and is not genuine; each fault is told once. */
export async function takeFaults(): Promise<readonly string[]> {
  if (captured.length > 0) await Promise.all([...pools].map(learnKeys));
  const waiting = captured.splice(0);
  for (const message of waiting) {
    const keys = keysFor(message);
    // A database that is away for the moment has the key; the end of the file asks again.
    if (keys.length === 0) captured.push(message);
    else faults.push(...faultsOf(message, keys));
  }
  return faults.splice(0);
}

/** At the end of a test file: what no known profile can have signed is a fault as well. */
export async function takeLastFaults(): Promise<readonly string[]> {
  const found = await takeFaults();
  const unknown = captured
    .splice(0)
    .filter((message) => message.kind === "notice" && tellsOutcome(message.request));
  return [...found, ...unknown.map(() => "a notice bears the Client-Key of no profile")];
}

async function learnKeys(pool: Pool): Promise<void> {
  const { rows } = await pool
    .query<{ client_key: string; server_key: string }>("select client_key, server_key from profile")
    .catch(() => ({ rows: [] }));
  for (const { client_key: clientKey, server_key: key } of rows) serverKeys.set(clientKey, key);
}

const claimsProfile = ({ headers }: SignedRequest): boolean =>
  typeof headers["client-key"] === "string";

/** Every form of the full notice has an `ipn_trace` (protocol.md 7.2). */
const tellsOutcome = ({ body }: SignedRequest): boolean => body.includes('"ipn_trace":"IPNS');

/** A notice names its profile; a Return does not, so that any of the file's profiles will do. */
function keysFor(message: Captured): readonly string[] {
  if (message.kind === "return") return [...serverKeys.values()];
  const clientKey = message.request.headers["client-key"];
  const key = typeof clientKey === "string" ? serverKeys.get(clientKey) : undefined;
  return key === undefined ? [] : [key];
}

function faultsOf(message: Captured, keys: readonly string[]): string[] {
  const found = keys.map((key) =>
    message.kind === "return"
      ? (returnFault(message.fields, key) ?? shapeFault(message.fields))
      : noticeFault(message.request, key),
  );
  const [first] = found;
  return found.includes(undefined) || first === undefined ? [] : [first];
}

/** A GET carries fewer fields; none carries one twice, or one that is not of a Return. */
function shapeFault(fields: readonly (readonly [string, string])[]): string | undefined {
  const names = fields.map(([name]) => name);
  const expected = returnFields.filter((name) => names.includes(name));
  return names.join() === expected.join() ? undefined : `the Return has the fields ${names.join()}`;
}

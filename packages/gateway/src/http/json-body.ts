/** A number as it was written, so that an amount never passes through a float. */
export class JsonNumber {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

export type JsonReading =
  | { readonly ok: true; readonly value: Readonly<Record<string, unknown>> }
  /** The body is no JSON object; `rule` says why. */
  | { readonly ok: false; readonly rule: string }
  /** A text in it must not be kept; `field` is its path. */
  | { readonly ok: false; readonly field: string; readonly rule: string };

/** Real requests nest four deep. */
export const depthMax = 16;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads the JSON object of an API call, whatever its content type says (protocol.md 1.4). Numbers
 * come back as {@link JsonNumber}. Texts with control characters or lone surrogates are refused,
 * since neither PostgreSQL nor the receivers of responses can take them.
 *
 * @example readJsonObject(Buffer.from('{"cart_amount": 1.50}'))
 * // { ok: true, value: { cart_amount: JsonNumber { source: "1.50" } } }
 */
export function readJsonObject(body: Uint8Array): JsonReading {
  if (body.length === 0) return { ok: false, rule: "it is empty" };
  const text = decode(body);
  if (text === undefined) return { ok: false, rule: "it is not valid UTF-8" };
  if (nestsDeeper(text, depthMax)) return { ok: false, rule: `it nests deeper than ${depthMax}` };
  const parsed = parse(text);
  if (!parsed.ok) return parsed;
  const { value } = parsed;
  if (Array.isArray(value)) return { ok: false, rule: "it is an array" };
  if (typeof value !== "object" || value === null || value instanceof JsonNumber) {
    return { ok: false, rule: "it is a single value" };
  }
  const unfit = findUnfitText(value, "");
  if (unfit !== undefined) return { ok: false, ...unfit };
  return { ok: true, value: value as Record<string, unknown> };
}

function decode(body: Uint8Array): string | undefined {
  try {
    return utf8.decode(body);
  } catch {
    return undefined;
  }
}

/** The parser's own message would quote the body, which may hold a card; only the place is kept. */
function parse(text: string): { ok: true; value: unknown } | { ok: false; rule: string } {
  try {
    return { ok: true, value: parseWithSource(text, keepNumbers) };
  } catch (error) {
    const place = /at position \d+/.exec(error instanceof Error ? error.message : "")?.[0];
    return { ok: false, rule: place === undefined ? "it is not JSON" : `it is not JSON ${place}` };
  }
}

/** The reviver's third argument (ECMAScript 2025), which TypeScript's library does not know yet. */
const parseWithSource = JSON.parse as (
  text: string,
  reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
) => unknown;

function keepNumbers(_key: string, value: unknown, context: { readonly source?: string }): unknown {
  return typeof value === "number" ? new JsonNumber(context.source ?? String(value)) : value;
}

/** Counts brackets outside of strings, so that a hostile nesting never reaches the parser. */
function nestsDeeper(text: string, limit: number): boolean {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (inString) {
      if (character === "\\") index += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === "{" || character === "[") depth += 1;
    else if (character === "}" || character === "]") depth -= 1;
    if (depth > limit) return true;
  }
  return false;
}

// oxlint-disable-next-line no-control-regex -- finding them is the purpose
const controlCharacter = /[\u0000-\u001F\u007F-\u009F]/;

function findUnfitText(
  value: unknown,
  path: string,
): { readonly field: string; readonly rule: string } | undefined {
  if (typeof value === "string") {
    if (controlCharacter.test(value)) {
      return { field: path, rule: "must not contain control characters" };
    }
    return value.isWellFormed() ? undefined : { field: path, rule: "must be well-formed Unicode" };
  }
  if (typeof value !== "object" || value === null || value instanceof JsonNumber) return undefined;
  for (const [key, member] of Object.entries(value)) {
    const unfit = findUnfitText(member, path === "" ? printable(key) : `${path}.${printable(key)}`);
    if (unfit !== undefined) return unfit;
  }
  return undefined;
}

/** A name from outside, fit to be repeated in an error. */
function printable(name: string): string {
  return name.replaceAll(/[^\w.-]/g, "?").slice(0, 64);
}

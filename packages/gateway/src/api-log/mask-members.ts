import { decodeText, type Span } from "./decoded-text.ts";

/** What members may be named whose values must not be kept, written without case and separators. */
const secretNames =
  /cvv|cvc|cvn|^csc$|cardpan|^pan$|cardnum|cardno$|securitycode|trackdata|^track[12]$|expiry|expiration|^exp$|ccexp|expmonth|expyear|expdate|validthru|^card$|card(?:details|data|info)$|applepay|paymentdata|(?:server|client|merchant|api|private|access|web)key|^key$|password|secret|authori[sz]ation|tokens?$/;

/**
 * Whether a member's value must not be kept: card data, tokens, keys. Spelling does not matter:
 * a misspelt request is what the log is read for.
 */
export function isSecretName(name: string): boolean {
  const known = judged.get(name);
  if (known !== undefined) return known;
  const secret = decodeText(name)
    .text.split(/[^\p{L}\p{N}_-]+/u)
    .some((part) => secretNames.test(part.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, "")));
  if (/^[a-z_]{1,32}$/i.test(name) && judged.size < judgedMax) judged.set(name, secret);
  return secret;
}

/** The same few names come again and again. Never one with digits, which may be a card's. */
const judged = new Map<string, boolean>();

const judgedMax = 1000;

/** Values that tell nothing but themselves: nothing, a flag, a day with or without a time. */
const plainValue =
  /^(?:null|true|false|undefined|None|True|False|\d{4}-\d\d-\d\d(?:[T ][\d:.]+)?(?:Z|[+-]\d\d:?\d\d)?)?$/;

const blank = /\s/;
const word = /[^\s,:{}[\]"'=>&]+/y;

/**
 * Where a JSON text, however broken, holds values of members with a secret name. Inside of an object
 * or list with such a name every value is one; names stay, so that a developer sees which came.
 */
export function secretMembersIn(text: string): Span[] {
  return new MemberReader(text).read();
}

/** Reads words, strings and brackets, and never gives up. */
class MemberReader {
  readonly #text: string;
  readonly #spans: Span[] = [];
  /** Whether the values of each open container are secret. */
  readonly #sealed: boolean[] = [];
  /** Whether the value to come is. */
  #next = false;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): Span[] {
    while (this.#at < this.#text.length) this.#step(this.#text[this.#at] ?? "");
    return this.#spans;
  }

  #step(character: string): void {
    switch (character) {
      case '"':
      case "'":
        return this.#string(character);
      case "{":
      case "[":
        this.#sealed.push(this.#isSecret());
        break;
      case "}":
      case "]":
        this.#sealed.pop();
        break;
      case ",":
      case "&":
        break;
      default:
        return this.#between(character);
    }
    this.#next = false;
    this.#at += 1;
    return undefined;
  }

  /** A word, or what may stand between a name and its value. */
  #between(character: string): void {
    if (character === ":" || character === "=" || character === ">" || blank.test(character)) {
      this.#at += 1;
      return;
    }
    word.lastIndex = this.#at;
    const to = this.#at + (word.exec(this.#text)?.[0].length ?? 1);
    this.#scalar({ from: this.#at, to }, to);
  }

  #isSecret(): boolean {
    return this.#next || this.#sealed.at(-1) === true;
  }

  #string(quote: string): void {
    const from = this.#at + 1;
    let to = from;
    while (to < this.#text.length && this.#text[to] !== quote) {
      to += this.#text[to] === "\\" ? 2 : 1;
    }
    to = Math.min(to, this.#text.length);
    this.#scalar({ from, to }, to + 1);
  }

  /** A name, if a colon follows, or what stands for it outside of JSON; else a value. */
  #scalar(span: Span, after: number): void {
    const content = this.#text.slice(span.from, span.to);
    const colon = this.#colonAfter(after);
    this.#at = colon ?? after;
    if (colon !== undefined) {
      this.#next = isSecretName(content);
      return;
    }
    const secret = this.#isSecret() ? !plainValue.test(content) : holdsSecretMember(content);
    if (secret) this.#spans.push(span);
    this.#next = false;
  }

  #colonAfter(after: number): number | undefined {
    let at = after;
    for (let next = this.#text[at]; next !== undefined; next = this.#text[at]) {
      if (next !== "]" && !blank.test(next)) break;
      at += 1;
    }
    return this.#text[at] === ":" || this.#text[at] === "=" ? at : undefined;
  }
}

/** JSON within JSON: a text that itself names a secret member. */
function holdsSecretMember(content: string): boolean {
  if (!/["']\s*:/.test(content)) return false;
  const names = decodeText(content).text.matchAll(/([\w.[\]-]{2,64})\\*["']\s*:/g);
  return Array.from(names).some(([, name = ""]) => isSecretName(name));
}

/** Where a form or the query of an address holds values of fields with a secret name. */
export function secretFieldsIn(text: string): Span[] {
  if (!text.includes("=")) return [];
  const fields = text.matchAll(/(?<=^|[&?;\s])([^=&?;\s"'\\<>]{1,256})=([^&\s"'\\<>]*)/g);
  return Array.from(fields)
    .filter(([, name = "", value = ""]) => value !== "" && isSecretName(name))
    .map(({ index, 0: whole, 2: value = "" }) => {
      const to = index + whole.length;
      return { from: to - value.length, to };
    });
}

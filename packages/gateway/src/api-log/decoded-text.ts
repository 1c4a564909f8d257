/** A part of a text: from one index up to another. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A text with its escapes read, which knows where each character stands in the original. */
export interface DecodedText {
  readonly text: string;
  /** What stands for these characters in the original. */
  spanOf(from: number, to: number): Span;
}

/**
 * Escapes that may hide a digit or a separator, in JSON, in JSON within JSON, in forms (also encoded
 * twice) and in HTML. Runs of percent escapes are taken at once, since a character may need several.
 * A run of backslashes is looked at from its beginning alone: from each of them, it would take the
 * square of its length.
 */
const escapes =
  /(?<!\\)\\+(?:u([0-9a-f]{4})|([nrtbf/]))|((?:%(?:25)*[0-9a-f]{2})+)|&#(x[0-9a-f]{1,6}|\d{1,7});?/gi;

/** Reads the escapes of a text, whatever kind of text it is. */
export function decodeText(original: string): DecodedText {
  const pieces: string[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  const add = (text: string, from: number, to: number, oneByOne: boolean) => {
    pieces.push(text);
    for (let index = 0; index < text.length; index += 1) {
      starts.push(oneByOne ? from + index : from);
      ends.push(oneByOne ? from + index + 1 : to);
    }
  };
  let done = 0;
  for (const match of original.matchAll(escapes)) {
    const [whole] = match;
    add(original.slice(done, match.index), done, match.index, true);
    done = match.index + whole.length;
    add(meaningOf(match), match.index, done, false);
  }
  if (done === 0) return { text: original, spanOf: (from, to) => ({ from, to }) };
  add(original.slice(done), done, original.length, true);
  return {
    text: pieces.join(""),
    spanOf: (from, to) => ({ from: starts[from] ?? 0, to: ends[to - 1] ?? original.length }),
  };
}

function meaningOf([whole, unicode, control, percent, entity]: RegExpMatchArray): string {
  if (unicode !== undefined) return String.fromCharCode(Number.parseInt(unicode, 16));
  if (control !== undefined) return control === "/" ? "/" : " ";
  if (percent !== undefined) {
    const hex = percent.replaceAll(/%(?:25)*/g, "");
    return Buffer.from(hex, "hex").toString("utf8");
  }
  const code = (entity ?? "").toLowerCase().startsWith("x")
    ? Number.parseInt((entity ?? "").slice(1), 16)
    : Number.parseInt(entity ?? "", 10);
  return code > 0 && code <= 0x10_ff_ff ? String.fromCodePoint(code) : whole;
}

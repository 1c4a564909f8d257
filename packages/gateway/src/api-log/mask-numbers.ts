import type { DecodedText, Span } from "./decoded-text.ts";

/** So many separators may stand between two digits of one number. */
const separatorsMax = 4;

const kinds = { other: 0, separator: 11, ignored: 12 } as const;

/** What each UTF-16 code unit is to a number: a digit plus one, or one of the above. */
const kindOf = kindTable();

function kindTable(): Uint8Array {
  const table = new Uint8Array(0x1_00_00);
  // Controls (a text in UTF-16 read as bytes has NULs) and marks of direction and width.
  const ignored = [
    [0x00, 0x08],
    [0x0e, 0x1f],
    [0x7f, 0x9f],
    [0xad, 0xad],
    [0x61c, 0x61c],
    [0x200b, 0x200f],
    [0x202a, 0x202e],
    [0x2060, 0x206f],
    [0xfeff, 0xfeff],
  ];
  for (const [from = 0, to = 0] of ignored) table.fill(kinds.ignored, from, to + 1);
  const separators =
    " \t\n\v\f\r-_./,+*#|~'\u00A0\u00B7\u1680\u202F\u205F\u2212\u3000\uFE58\uFE63\uFF0D";
  for (const character of separators) table[character.charCodeAt(0)] = kinds.separator;
  table.fill(kinds.separator, 0x2000, 0x200b);
  table.fill(kinds.separator, 0x2010, 0x2016);
  // ASCII, Arabic-Indic, Persian, Devanagari, full-width.
  for (const zero of [0x30, 0x660, 0x6f0, 0x966, 0xff10]) {
    for (let digit = 0; digit < 10; digit += 1) table[zero + digit] = digit + 1;
  }
  return table;
}

/** Digits with what stands between them, as one may write a card number. */
interface Run {
  readonly digits: number[];
  /** Where each digit stands in the decoded text. */
  readonly places: number[];
  /** Whether a digit begins a group: it is the first, or a separator precedes it. */
  readonly begins: boolean[];
}

/**
 * Where a text holds card numbers: 12 to 19 digits that pass the Luhn check (ISO/IEC 7812-1), whole
 * or grouped by blanks, dashes and the like; and what looks like one inside of more digits, such as
 * a number with its security code behind it.
 */
export function cardNumbersIn(decoded: DecodedText): Span[] {
  return runsIn(decoded.text).flatMap((run) =>
    cardsOf(run).map(({ from, to }) =>
      decoded.spanOf(run.places[from] ?? 0, (run.places[to - 1] ?? 0) + 1),
    ),
  );
}

/** Runs of at least as many digits as the shortest card number has. */
function runsIn(text: string): Run[] {
  const runs: Run[] = [];
  let run: Run = { digits: [], places: [], begins: [] };
  let separators = 0;
  const end = () => {
    if (run.digits.length >= lengthMin) runs.push(run);
    if (run.digits.length > 0) run = { digits: [], places: [], begins: [] };
    separators = 0;
  };
  for (let index = 0; index < text.length; index += 1) {
    const kind = kindOf[text.charCodeAt(index)] ?? 0;
    if (kind === kinds.other) {
      end();
    } else if (kind === kinds.separator) {
      separators += 1;
      if (separators > separatorsMax) end();
    } else if (kind !== kinds.ignored) {
      run.begins.push(separators > 0 || run.digits.length === 0);
      run.digits.push(kind - 1);
      run.places.push(index);
      separators = 0;
    }
  }
  end();
  return runs;
}

const lengthMin = 12;
const lengthMax = 19;

function cardsOf({ digits, begins }: Run): Span[] {
  const sum = luhnSums(digits);
  const found: Span[] = [];
  for (let from = 0; from + lengthMin <= digits.length; from += 1) {
    for (let to = from + lengthMin; to <= Math.min(from + lengthMax, digits.length); to += 1) {
      const whole = begins[from] === true && (begins[to] ?? true);
      if (!whole && !isUsualCard(digits, from, to)) continue;
      if (sum(from, to) % 10 === 0) found.push({ from, to });
    }
  }
  return found;
}

/** How the cards of the great schemes begin, by their lengths: 15 for one of them, else 16. */
function isUsualCard(digits: readonly number[], from: number, to: number): boolean {
  const first = digits[from] ?? 0;
  const second = digits[from + 1] ?? 0;
  if (to - from === 15) return first === 3 && (second === 4 || second === 7);
  if (to - from !== 16) return false;
  return (first >= 4 && first <= 6) || (first === 2 && second >= 2 && second <= 7) || first === 3;
}

/** The Luhn sum of any part, in no more time than it takes to subtract. */
function luhnSums(digits: readonly number[]): (from: number, to: number) => number {
  // One sum for each choice of which places count double: the even ones, or the odd ones.
  const sums = [new Int32Array(digits.length + 1), new Int32Array(digits.length + 1)] as const;
  for (const [index, digit] of digits.entries()) {
    const twice = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sums[0][index + 1] = (sums[0][index] ?? 0) + (index % 2 === 0 ? twice : digit);
    sums[1][index + 1] = (sums[1][index] ?? 0) + (index % 2 === 1 ? twice : digit);
  }
  return (from, to) => {
    const chosen = sums[to % 2 === 0 ? 0 : 1];
    return (chosen[to] ?? 0) - (chosen[from] ?? 0);
  };
}

/** Server keys are three groups of ten, client keys four of six (protocol.md 1.2). */
const keyShapes = /[a-z0-9]{10}(?:-[a-z0-9]{10}){2}|[a-z0-9]{6}(?:-[a-z0-9]{6}){3}/gi;

/** User name and password of an address. */
const userInfo = /(?<=:\/\/)[^\s/"'@]+(?=@)/g;

/** Where a text holds keys, these secrets, or an address's password. */
export function secretsIn(decoded: DecodedText, known: readonly string[]): Span[] {
  const { text } = decoded;
  // What these are about is rare, and looking for it is not cheap.
  const shapes = [
    ...(text.includes("-") ? [keyShapes] : []),
    ...(text.includes("@") ? [userInfo] : []),
  ];
  const spans = shapes.flatMap((shape) =>
    Array.from(text.matchAll(shape), ({ index, 0: found }) =>
      decoded.spanOf(index, index + found.length),
    ),
  );
  for (const secret of known) {
    if (secret.length < secretLengthMin) continue;
    for (let at = text.indexOf(secret); at !== -1; at = text.indexOf(secret, at + secret.length)) {
      spans.push(decoded.spanOf(at, at + secret.length));
    }
  }
  return spans;
}

/** Shorter ones are no secrets, and would black out whatever contains them. */
const secretLengthMin = 6;

/** Where a text holds anything at all that a card number or a code could be made of: digits. */
export function digitsIn(decoded: DecodedText): Span[] {
  const spans: Span[] = [];
  const { text } = decoded;
  for (let index = 0; index < text.length; index += 1) {
    const kind = kindOf[text.charCodeAt(index)] ?? 0;
    if (kind > 0 && kind < kinds.separator) spans.push(decoded.spanOf(index, index + 1));
  }
  return spans;
}

/** Long words with letters and digits: what tokens and keys look like, whatever their format. */
export function tokensIn(decoded: DecodedText): Span[] {
  return Array.from(decoded.text.matchAll(/[\w+/=-]{12,}/g))
    .filter(
      ([word]) => /\d/.test(word) || (word.length >= 16 && /[a-z][A-Z]|[A-Z]{2}[a-z]/.test(word)),
    )
    .map(({ index, 0: word }) => decoded.spanOf(index, index + word.length));
}

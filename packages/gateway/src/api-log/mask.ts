import { lineKeptMax } from "./api-call.ts";
import { decodeText, type Span } from "./decoded-text.ts";
import { secretFieldsIn, secretMembersIn } from "./mask-members.ts";
import { cardNumbersIn, digitsIn, secretsIn, tokensIn } from "./mask-numbers.ts";

/** What stands in the log where something must not be kept. */
export const maskWord = "[masked]";

export interface MaskOptions {
  /** The text is known to be JSON; otherwise nothing is taken for granted. */
  readonly isJson: boolean;
  /** Characters kept; the rest is cut with a note. */
  readonly lengthMax: number;
  /** Secrets known to be about, such as the key that was presented. */
  readonly secrets?: readonly string[];
  /** References that this gateway gave out itself: their digits are no card's. */
  readonly references?: readonly string[];
}

/**
 * Longer than any card number that begins before the cut, however it is escaped and spaced, so that
 * none is cut into something that is no longer recognised.
 */
const beyondCut = 2048;

/**
 * A text from outside as it may be kept: card numbers, card data, tokens and keys are gone, what is
 * left is as it was. In doubt too much is masked: a text that is no JSON and speaks of a card loses
 * all of its digits.
 *
 * @example mask('{"card_details":{"pan":"4111 1111 1111 1111"}}', { isJson: true, lengthMax: 99 })
 * // {"card_details":{"pan":"[masked]"}}
 */
export function mask(text: string, options: MaskOptions): string {
  const { lengthMax } = options;
  const looked = text.slice(0, lengthMax + beyondCut);
  const kept = paint(looked, merge(spansIn(looked, options)), lengthMax);
  if (text.length <= lengthMax) return kept;
  return `${kept}\n… cut here: ${lengthMax} of ${text.length} characters are kept`;
}

/** A reference as the log keeps it, to look for it there. */
export function asKept(reference: string): string {
  return mask(reference, { isJson: true, lengthMax: lineKeptMax });
}

function spansIn(text: string, { isJson, secrets = [], references = [] }: MaskOptions): Span[] {
  const decoded = decodeText(text);
  const ours = references.flatMap((reference) => occurrences(text, reference));
  const isOurs = (span: Span) => ours.some(({ from, to }) => from <= span.from && span.to <= to);
  return [
    ...secretMembersIn(text),
    ...cardNumbersIn(decoded).filter((span) => !isOurs(span)),
    ...secretsIn(decoded, secrets),
    ...secretFieldsIn(text),
    ...(decoded.text === text
      ? []
      : secretFieldsIn(decoded.text).map(({ from, to }) => decoded.spanOf(from, to))),
    ...(!isJson && /card|cvv|cvc|pan\b|expir/i.test(decoded.text) ? digitsIn(decoded) : []),
    ...(!isJson && /token|key|secret/i.test(decoded.text) ? tokensIn(decoded) : []),
  ];
}

function occurrences(text: string, reference: string): Span[] {
  const spans: Span[] = [];
  if (reference === "") return spans;
  for (let from = text.indexOf(reference); from !== -1;) {
    const to = from + reference.length;
    spans.push({ from, to });
    from = text.indexOf(reference, to);
  }
  return spans;
}

/** In order, each beginning after the last has ended. */
function merge(spans: readonly Span[]): Span[] {
  const merged: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last === undefined || span.from > last.to) merged.push(span);
    else merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
  }
  return merged;
}

function paint(text: string, spans: readonly Span[], lengthMax: number): string {
  let painted = "";
  let done = 0;
  for (const { from, to } of spans) {
    if (from >= lengthMax) break;
    painted += text.slice(done, from) + maskWord;
    done = to;
  }
  // A cut may fall between the halves of a character.
  return (painted + text.slice(done, Math.max(done, lengthMax))).toWellFormed();
}

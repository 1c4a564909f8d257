/** Text that is safe to send as HTML. Only `html` and `raw` make it. */
export class SafeHtml {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** What a template may contain. Nothing, `false` and `null` leave no trace; `true` is a mistake. */
export type HtmlValue =
  | SafeHtml
  | string
  | number
  | bigint
  | false
  | null
  | undefined
  | readonly HtmlValue[];

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "`": "&#96;",
  "\0": "\uFFFD",
};

/** Text as HTML, fit for an element's content and for a quoted attribute value. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"'`\0]/g, (character) => escapes[character] ?? "");
}

/**
 * A piece of HTML. Every value is escaped unless it is itself `SafeHtml`; attribute values need
 * their quotes, which is checked.
 *
 * @example html`<p title="${title}">${lines.map((line) => html`<b>${line}</b>`)}</p>`
 */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): SafeHtml {
  const suspicious = suspiciousParts(parts);
  let text = parts[0] ?? "";
  for (const [index, value] of values.entries()) {
    if (suspicious[index] && endsInUnquotedAttribute(text)) {
      throw new Error(`An attribute value needs quotes after: ${parts[index]}`);
    }
    text += render(value) + (parts[index + 1] ?? "");
  }
  return new SafeHtml(text);
}

/** HTML taken as it is. For text of our own only, never for anything that came from outside. */
export function raw(trusted: string): SafeHtml {
  return new SafeHtml(trusted);
}

/** The same array at every use of a template, so each is looked at once. */
const suspicions = new WeakMap<TemplateStringsArray, readonly boolean[]>();

/** After which parts the value may stand without quotes: an equals sign, or whatever came before. */
function suspiciousParts(parts: TemplateStringsArray): readonly boolean[] {
  const known = suspicions.get(parts);
  if (known !== undefined) return known;
  const found = parts.map((part) => /(?:^|=)\s*$/.test(part));
  suspicions.set(parts, found);
  return found;
}

/** Looks at the end only, and at the rest when that is suspicious: pages are long. */
function endsInUnquotedAttribute(written: string): boolean {
  const end = written.slice(-attributeLengthMax);
  return (
    end.includes("=") &&
    /\s[\w:-]+\s*=\s*$/.test(end) &&
    written.lastIndexOf("<") > written.lastIndexOf(">")
  );
}

/** No attribute of ours has a longer name, blanks around it included. */
const attributeLengthMax = 64;

function render(value: HtmlValue): string {
  if (value === null || value === undefined || value === false) return "";
  if (value instanceof SafeHtml) return value.toString();
  if (typeof value === "object" && "map" in value) return value.map(render).join("");
  return escapeHtml(String(value));
}

/**
 * One attribute with the space before it; `true` gives the bare name, `false` and nothing give "".
 *
 * @example html`<input${attribute("value", value)}${attribute("required", true)} />`
 */
export function attribute(name: string, value: string | boolean | null | undefined): SafeHtml {
  if (value === null || value === undefined || value === false) return raw("");
  return value === true ? raw(` ${name}`) : raw(` ${name}="${escapeHtml(value)}"`);
}

/**
 * An address for `href` and `action`: http, https, or a path of this server.
 *
 * @throws Error for anything else, `javascript:` above all
 */
export function safeAddress(address: string): string {
  const isPath = address.startsWith("/") && !/^\/[/\\]/.test(address);
  if (isPath || /^https?:\/\/[^\s]/i.test(address)) return address;
  throw new Error("Only http, https and local paths can be linked");
}

/** Text in its own direction, for names, references and numbers inside a sentence. */
export function isolate(text: string): SafeHtml {
  return html`<bdi>${text}</bdi>`;
}

/** Text that always reads left to right: digits, references, addresses. */
export function leftToRight(text: string): SafeHtml {
  return html`<bdi dir="ltr">${text}</bdi>`;
}

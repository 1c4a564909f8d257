import { html, leftToRight, raw, safeAddress } from "../http/html.ts";
import type { SafeHtml } from "../http/html.ts";
import { directionOf, type Language } from "../http/look/document.ts";

/** One line of a letter's table. */
export interface LetterRow {
  readonly label: string;
  readonly value: string;
  /** Digits, references, addresses: they read left to right in Arabic too. */
  readonly leftToRight?: boolean;
}

/** What a mail says, before it is text and HTML. Every value may come from outside. */
export interface Letter {
  readonly language: Language;
  readonly title: string;
  readonly paragraphs: readonly string[];
  readonly rows: readonly LetterRow[];
  readonly button?: { readonly label: string; readonly url: string };
  /** Why the reader gets this. */
  readonly footer: string;
}

/**
 * A letter in its two forms, which say the same. Both are complete: nothing is loaded from
 * anywhere, and mail programs that know little of HTML show all of it.
 *
 * @example
 * const { text, html } = writeLetter({ language: "ar", title, paragraphs: [], rows, footer });
 */
export function writeLetter(letter: Letter): { readonly text: string; readonly html: string } {
  return { text: textOf(letter), html: htmlOf(letter).toString() };
}

function textOf({ title, paragraphs, rows, button, footer }: Letter): string {
  const table = rows.map((row) => `${oneLine(row.label)}: ${isolated(row)}`).join("\n");
  const parts = [
    oneLine(title),
    ...paragraphs.map(oneLine),
    table,
    ...(button === undefined ? [] : [`${oneLine(button.label)}:\n${safeAddress(button.url)}`]),
    `-- \n${oneLine(footer)}`,
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

/** A value cannot begin a line of its own, nor turn the text around it. */
function oneLine(value: string): string {
  return value
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
    .replaceAll(/[\u202A-\u202E\u2066-\u2069]/g, "");
}

/**
 * Between marks that keep its direction from the text around it (Unicode UAX 9). A plain word of
 * Latin letters and digits needs none, so that references can be copied without them.
 */
function isolated({ value, leftToRight: isLeftToRight = false }: LetterRow): string {
  const line = oneLine(value);
  if (/^[A-Za-z][\w-]*$/.test(line)) return line;
  return `${isLeftToRight ? "\u2066" : "\u2068"}${line}\u2069`;
}

const font = "font-family:'IBM Plex Sans','IBM Plex Sans Arabic','Segoe UI',Tahoma,sans-serif";

/** Styles stand on the elements, and the layout is a table: much mail software knows no more. */
function htmlOf({ language, title, paragraphs, rows, button, footer }: Letter): SafeHtml {
  const direction = directionOf(language);
  return html`<!doctype html>
    <html lang="${language}" dir="${direction}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <meta name="color-scheme" content="light" />
        <title>${title}</title>
      </head>
      <body
        dir="${direction}"
        style="margin:0;padding:24px 12px;background:#f3f4f0;color:#14201f;${raw(font)}"
      >
        <table
          role="presentation"
          width="100%"
          cellpadding="0"
          cellspacing="0"
          dir="${direction}"
          style="max-width:560px;margin:0 auto;background:#ffffff;border:1px solid #e4e5e0;border-radius:12px"
        >
          <tr>
            <td style="padding:24px">
              <h1 style="margin:0 0 16px;font-size:20px;line-height:1.4;color:#14201f">${title}</h1>
              ${paragraphs.map(
                (text) =>
                  html`<p style="margin:0 0 12px;font-size:16px;line-height:1.6">${text}</p> `,
              )}
              <table
                width="100%"
                cellpadding="0"
                cellspacing="0"
                dir="${direction}"
                style="border-collapse:collapse;margin:12px 0"
              >
                ${rows.map(rowHtml)}
              </table>
              ${button && buttonHtml(button)}
              <p style="margin:16px 0 0;font-size:14px;line-height:1.6;color:#5f6b68">${footer}</p>
            </td>
          </tr>
        </table>
      </body>
    </html> `;
}

function rowHtml({ label, value, leftToRight: isLeftToRight = false }: LetterRow): SafeHtml {
  const line = oneLine(value);
  const shown = isLeftToRight ? leftToRight(line) : html`<bdi>${line}</bdi>`;
  return html`<tr style="border-top:1px solid #e4e5e0">
    <th
      scope="row"
      align="start"
      style="padding:8px 0;font-size:14px;font-weight:400;color:#5f6b68;text-align:start;vertical-align:top;white-space:nowrap"
    >
      ${label}
    </th>
    <td
      style="padding:8px 0 8px 0;padding-inline-start:16px;font-size:16px;text-align:start;word-break:break-word"
    >
      ${shown}
    </td>
  </tr> `;
}

function buttonHtml({ label, url }: NonNullable<Letter["button"]>): SafeHtml {
  const address = safeAddress(url);
  return html`<p style="margin:20px 0">
      <a
        href="${address}"
        style="display:inline-block;padding:12px 24px;background:#0f766e;color:#ffffff;text-decoration:none;border-radius:12px;font-size:16px;font-weight:600"
        >${label}</a
      >
    </p>
    <p style="margin:0 0 12px;font-size:14px;color:#5f6b68;word-break:break-all">
      ${leftToRight(address)}
    </p> `;
}

import { attribute, html, leftToRight } from "../../http/html.ts";
import type { HtmlValue, SafeHtml } from "../../http/html.ts";
import type { IconName } from "../../http/look/icons.ts";
import { icon } from "../../http/look/icons.ts";
import { ownIcon } from "./icons.ts";

/** A button that copies a text; a script brings it to light, since it needs one. */
export function copyButton(text: string, label: string, shown = "Copy"): SafeHtml {
  return html`<button
    type="button"
    class="button button-small copy"
    hidden
    data-copy="${text}"
    aria-label="${label}"
  >
    ${ownIcon("copy")}<span data-label>${shown}</span>
  </button>`;
}

/** A reference that is to be read exactly, with its button. */
export function reference(text: string, label: string): SafeHtml {
  return html`<span class="reference"
    ><code>${leftToRight(text)}</code>${copyButton(text, `Copy ${label}`)}</span
  >`;
}

/** Bytes as they are. Long ones scroll, so the block can be reached by keyboard. */
export function codeBlock(text: string, label: string, tall = false): SafeHtml {
  const className = tall ? "code code-tall" : "code";
  return html`<pre
    class="${className}"
    dir="ltr"
    tabindex="0"
    role="group"
    aria-label="${label}"
  ><code>${text}</code></pre>`;
}

/** A note with its drawing; the words say what the colour means. */
export function note(
  tone: "amber" | "red" | "blue",
  drawing: IconName,
  content: HtmlValue,
): SafeHtml {
  return html`<div class="note note-${tone}">
    ${icon(drawing)}
    <div>${content}</div>
  </div>`;
}

/** Something to be opened; `key` keeps it open when the page is brought up to date. */
export function fold(key: string, title: HtmlValue, content: HtmlValue, open = false): SafeHtml {
  return html`<details class="fold" data-key="${key}" ${attribute("open", open)}>
    <summary>${icon("chevron")}<span>${title}</span></summary>
    <div class="fold-body">${content}</div>
  </details>`;
}

/** A moment in UTC to the millisecond: "10:02:25.310". */
export function exactTime(at: Date): SafeHtml {
  const iso = at.toISOString();
  return html`<time datetime="${iso}" class="figures">${iso.slice(11, 23)}</time>`;
}

/** A span of time: "+12 ms", "+4.21 s", "+3 min 05 s". */
export function offsetText(ms: number): string {
  if (ms < 1000) return `+${ms} ms`;
  if (ms < 60_000) return `+${(ms / 1000).toFixed(2)} s`;
  const seconds = Math.round(ms / 1000);
  return `+${Math.floor(seconds / 60)} min ${(seconds % 60).toString().padStart(2, "0")} s`;
}

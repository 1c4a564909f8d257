import { html } from "../../http/html.ts";
import type { SafeHtml } from "../../http/html.ts";
import { icon } from "../../http/look/icons.ts";
import type { IconName } from "../../http/look/icons.ts";

export type Tone = "green" | "amber" | "red" | "blue" | "plain";

/** The sign at the top of a slip. The heading below says the same in words. */
export function resultMark(name: IconName, tone: Tone): SafeHtml {
  return html`<div class="mark mark-${tone}">${icon(name)}</div>`;
}

import { html } from "../../http/html.ts";
import type { HtmlValue, SafeHtml } from "../../http/html.ts";

/** The two lessons, in one line each. */
export const lessons = {
  callback:
    "Close the payment tab right after paying: this arrives all the same. Decide the order by it.",
  return: "Depends on the shopper's browser; use it for the screen only.",
} as const;

/** The way a response takes, as stations from the gateway to the shop. */
const routes = {
  callback: ["Gateway", "your server"],
  return: ["Gateway", "shopper's browser", "your page"],
} as const;

export function routeLine(kind: keyof typeof routes): SafeHtml {
  return html`<p class="route">
    ${routes[kind].map((station) => html`<span class="station">${station}</span>`)}
  </p>`;
}

/** One outcome above, two responses below: the picture of the whole product. */
export function fork(outcome: HtmlValue, legs: readonly [HtmlValue, HtmlValue]): SafeHtml {
  return html`<div class="fork">
    <div class="fork-top">${outcome}</div>
    <div class="fork-lines" aria-hidden="true"></div>
    <div class="fork-legs">${legs}</div>
  </div>`;
}

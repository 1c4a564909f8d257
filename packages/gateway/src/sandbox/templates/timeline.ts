import { html } from "../../http/html.ts";
import type { HtmlValue, SafeHtml } from "../../http/html.ts";
import type { Channel, TimelineEntry } from "../timeline.ts";
import { offsetText } from "./parts.ts";

const channelNames: Readonly<Record<Channel, string>> = {
  api: "API",
  shopper: "Shopper",
  acquirer: "Acquirer",
  callback: "Callback",
  ipn: "IPN",
  mail: "E-mail",
  return: "Return",
  query: "Query",
  gateway: "Outcome",
};

/** Everything that happened, in order, with the milliseconds since the request. */
export function timelineList(entries: readonly TimelineEntry[]): SafeHtml {
  return html`<ol class="timeline">
    ${entries.map(
      (entry) =>
        html`<li class="moment moment-${entry.channel}" data-kind="${entry.kind}">
          <time class="moment-at figures" datetime="${entry.at}"
            >${offsetText(entry.offsetMs)}</time
          >
          <span class="moment-channel">${channelNames[entry.channel]}</span>
          <p class="moment-text">${entry.text}${advice(entry)}</p>
        </li>`,
    )}
  </ol>`;
}

/** What to do about an attempt that was not taken, and when the next one is. */
function advice({ detail }: TimelineEntry): HtmlValue {
  const { verdict, fix, nextTryAt } = detail;
  if (typeof verdict !== "string" || verdict === "ok") return null;
  const next = typeof nextTryAt === "string" ? nextTryAt.slice(11, 19) : "";
  return html` <b>${typeof fix === "string" && fix}</b
    >${next !== "" && ` Next attempt at ${next}.`}`;
}

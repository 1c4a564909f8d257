import { attribute, html, leftToRight } from "../../http/html.ts";
import type { HtmlValue, SafeHtml } from "../../http/html.ts";
import { icon } from "../../http/look/icons.ts";
import type { SignatureExplanation } from "../explain-signature.ts";
import type { LegStage, LegView } from "../legs.ts";
import type { MessageView } from "../messages.ts";
import { lessons, routeLine } from "./fork.ts";
import { ownIcon } from "./icons.ts";
import { codeBlock, exactTime, fold, note, offsetText } from "./parts.ts";

const names = { return: "Return", callback: "Callback" } as const;

/** One side of the picture: what it is, how far it is, and every byte of it. */
export function legCard(leg: LegView): SafeHtml {
  const { kind, stage, message } = leg;
  return html`<section
    class="card leg leg-${stage}"
    data-leg="${kind}"
    data-stage="${stage}"
    aria-labelledby="leg-${kind}"
  >
    <header class="leg-head">
      <span class="leg-sign">${ownIcon(kind === "return" ? "browser" : "server")}</span>
      <div class="leg-title">
        <h2 id="leg-${kind}">${names[kind]}</h2>
        ${routeLine(kind)}
      </div>
      ${stageMark(leg)}
    </header>
    <p class="lesson">${lessons[kind]}</p>
    ${arrival(leg)} ${answerPart(leg)}
    ${message === null ? empty(leg) : messageParts(kind, message)} ${warnings(leg)}
  </section>`;
}

const tones: Readonly<Record<LegStage, string>> = {
  off: "plain",
  waiting: "amber",
  going: "blue",
  arrived: "green",
  failing: "red",
};

function stageMark({ stage, word }: LegView): SafeHtml {
  return html`<p class="stage stage-${tones[stage]}">${stageIcon(stage)}<span>${word}</span></p>`;
}

function stageIcon(stage: LegStage): SafeHtml {
  if (stage === "arrived") return icon("check");
  if (stage === "failing") return icon("alert");
  return stage === "off" ? icon("pause") : icon("clock");
}

function arrival(leg: LegView): SafeHtml {
  const { offsetMs, at, sentence, fix, stage, copies, nextTryAt } = leg;
  return html`
    ${offsetMs !== null && html`<p class="arrival"><b class="figures">${offsetText(offsetMs)}</b> after the outcome${at !== null && html`, at ${exactTime(at)}`}</p>`}
    ${
      stage === "failing"
        ? note(
            "red",
            "alert",
            html`<p>${sentence}</p>
              <p><b>${fix}</b></p>
              ${nextTryAt !== null && html`<p>Next attempt at ${exactTime(nextTryAt)}.</p>`}`,
          )
        : html`<p class="leg-sentence">${sentence}</p>`
    }
    ${copies > 1 && html`<p class="leg-sentence">It came ${copies} times; the first is shown. A handler must take repeats.</p>`}
  `;
}

/** What somebody's own server said to an attempt it did not take. */
function answerPart({ stage, answer }: LegView): HtmlValue {
  if (stage !== "failing" || answer === null || answer.text === "") return null;
  const title = html`What the server answered${answer.status !== null && ` (${answer.status})`}`;
  return fold("answer", title, codeBlock(answer.text, "The server's answer"));
}

/** Rules of live gateways that this address breaks; expected of the inbox, so folded there. */
function warnings({ kind, target, warnings: messages }: LegView): HtmlValue {
  if (messages.length === 0) return null;
  const verb = kind === "return" ? "live would send no data" : "live would refuse this";
  const list = html`<ul class="plain-list">
    ${messages.map((message) => html`<li>${message.replace(/^live would refuse this: /, "")}</li>`)}
  </ul>`;
  const title = html`Works here; ${verb}`;
  return html`<div class="warnings">${fold(`${kind}-live`, title, list, target === "own")}</div>`;
}

function empty({ stage, target, url }: LegView): SafeHtml {
  if (stage === "off" || url === null) {
    return html`<div class="empty"><p>Nothing will be sent.</p></div>`;
  }
  return html`<div class="empty">
    ${target === "inbox" ? html`<p>It will be shown here, byte for byte.</p>` : html`<p>To <code>${leftToRight(url)}</code></p>`}
  </div>`;
}

function messageParts(kind: LegView["kind"], message: MessageView): SafeHtml {
  const { fields, pretty, raw, method, url, headers } = message;
  const what = kind === "return" ? "form" : "JSON";
  return html`
    ${signatureParts(kind, message)}
    <p class="request-line">
      <span class="seen">${message.seen === "received" ? "As it arrived" : "As it was sent"}</span>
      <b>${method}</b> <code>${leftToRight(url)}</code>
    </p>
    ${body(kind, message)}
    ${(pretty !== null || fields !== null) && raw !== "" && fold(`${kind}-raw`, html`The same ${what} as exact bytes (${message.bytes})`, codeBlock(raw, `Exact ${what}`))}
    ${headers.length > 0 && fold(`${kind}-headers`, html`Headers (${headers.length})`, pairs(headers, "Header"))}
  `;
}

function body(kind: LegView["kind"], { fields, pretty, raw }: MessageView): SafeHtml {
  if (fields !== null && fields.length > 0) return pairs(fields, "Field");
  if (fields !== null) {
    return note(
      "amber",
      "alert",
      "No data: plain http to a host that is not this computer gets a bare GET, as live does it. Use https.",
    );
  }
  return codeBlock(pretty ?? raw, `${kind} body`, true);
}

function pairs(rows: readonly (readonly [string, string])[], what: string): SafeHtml {
  return html`<table class="pairs" dir="ltr">
    <thead class="visually-hidden">
      <tr>
        <th scope="col">${what}</th>
        <th scope="col">Value</th>
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        ([name, value]) =>
          html`<tr>
            <th scope="row">${name}</th>
            <td>${value === "" ? html`<span class="blank">empty</span>` : value}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

const verdictWords: Readonly<Record<SignatureExplanation["verdict"], string>> = {
  valid: "Signature valid",
  wrong: "Signature wrong",
  absent: "No signature",
};

function signatureParts(kind: LegView["kind"], message: MessageView): HtmlValue {
  const { signature, fields } = message;
  if (signature.verdict === "absent" && fields?.length === 0) return null;
  const good = signature.verdict === "valid";
  const title = html`<span class="signature-word"
      >${good ? icon("check") : icon("cross")}${verdictWords[signature.verdict]}</span
    >
    <span class="signature-more">see the ${signature.steps.length} steps</span>`;
  const steps = html`<ol class="steps">
    ${signature.steps.map(
      (step, index) =>
        html`<li>
          <p>${step.title}</p>
          ${codeBlock(step.lines.join("\n"), `Step ${index + 1}`)}
        </li>`,
    )}
  </ol>`;
  return html`<div class="signature" ${attribute("data-good", good)}>
    ${fold(`${kind}-signature`, title, steps)}
  </div>`;
}

import { html, isolate, safeAddress } from "../../http/html.ts";
import type { SafeHtml } from "../../http/html.ts";
import type { IconName } from "../../http/look/icons.ts";
import type { ProblemName, ProblemView } from "../views.ts";
import { wordsFor } from "../words-for.ts";
import { pageDocument } from "./layout.ts";
import { resultMark } from "./result.ts";
import type { Tone } from "./result.ts";

const signs: Readonly<Record<ProblemName, readonly [IconName, Tone]>> = {
  used_link: ["check", "blue"],
  unknown_link: ["link", "plain"],
  not_found: ["question", "plain"],
  too_many: ["clock", "plain"],
  server_error: ["alert", "red"],
};

/** A page that cannot take a payment, and what to do instead. Never a stack trace. */
export function problemPage(view: ProblemView): string {
  const words = wordsFor(view.language);
  const message = words.problems[view.problem];
  const merchant = view.merchantName === null ? null : isolate(view.merchantName);
  return pageDocument(view, {
    name: "problem",
    title: message.title,
    merchantName: view.merchantName,
    tranRef: view.tranRef,
    main: html`<main class="result" data-problem="${view.problem}">
      <div class="card slip">
        ${resultMark(...signs[view.problem])}
        <h1 class="result-title">${message.title}</h1>
        <p class="result-text">${message.text(merchant)}</p>
        ${nextStep(view)}
      </div>
    </main>`,
  });
}

function nextStep({ againPath, problem, language }: ProblemView): SafeHtml | null {
  const words = wordsFor(language);
  if (againPath === null) return null;
  return html`<div class="actions">
    <a class="button button-wide button-primary" href="${safeAddress(againPath)}"
      ><span>${problem === "used_link" ? words.seeResult : words.tryAgain}</span></a
    >
  </div>`;
}

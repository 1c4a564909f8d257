import { html, isolate, safeAddress } from "../../http/html.ts";
import type { SafeHtml } from "../../http/html.ts";
import type { IconName } from "../../http/look/icons.ts";
import type { ProblemName, ProblemView } from "../views.ts";
import { wordsFor } from "../words-for.ts";
import { pageDocument } from "./layout.ts";
import { momentHtml } from "./order.ts";
import { resultMark } from "./result.ts";
import type { Tone } from "./result.ts";

const signs: Readonly<Record<ProblemName, readonly [IconName, Tone]>> = {
  used_link: ["check", "blue"],
  expired_link: ["clock", "plain"],
  unknown_link: ["link", "plain"],
  in_another_tab: ["clock", "amber"],
  double_submit: ["clock", "amber"],
  forbidden: ["lock", "plain"],
  not_found: ["question", "plain"],
  server_error: ["alert", "red"],
};

/** A page that cannot take a payment, and what to do instead. Never a stack trace. */
export function problemPage(view: ProblemView): string {
  const words = wordsFor(view.language);
  const message = words.problems[view.problem];
  const merchant = view.merchantName === null ? null : isolate(view.merchantName);
  const time = view.endedAt === null ? null : momentHtml(view.endedAt, view.zone);
  return pageDocument(view, {
    name: "problem",
    title: message.title,
    merchantName: view.merchantName,
    tranRef: view.tranRef,
    main: html`<main class="result" data-problem="${view.problem}">
      <div class="card slip">
        ${resultMark(...signs[view.problem])}
        <h1 class="result-title">${message.title}</h1>
        <p class="result-text">${message.text(merchant, time)}</p>
        ${nextStep(view)}
      </div>
    </main>`,
  });
}

function nextStep(view: ProblemView): SafeHtml | null {
  const { againPath, merchantName, merchantUrl, problem } = view;
  const words = wordsFor(view.language);
  if (againPath === null && merchantUrl === null) return null;
  const again = problem === "server_error" ? words.tryAgain : words.seeResult;
  const shop = isolate(merchantName ?? hostOf(merchantUrl ?? ""));
  return html`<div class="actions">
    ${againPath !== null && button(againPath, html`${again}`, true)}
    ${merchantUrl !== null && button(merchantUrl, words.continueButton(shop), againPath === null)}
  </div>`;
}

function button(address: string, label: SafeHtml, primary: boolean): SafeHtml {
  return html`<a
    class="button button-wide${primary && " button-primary"}"
    href="${safeAddress(address)}"
    ><span>${label}</span></a
  >`;
}

function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).host : address;
}

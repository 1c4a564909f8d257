import { html, safeAddress } from "../../http/html.ts";
import type { SafeHtml } from "../../http/html.ts";
import { icon } from "../../http/look/icons.ts";
import type { PayFormView } from "../views.ts";
import { wordsFor } from "../words-for.ts";
import { momentHtml } from "./order.ts";

/** When the page closes and, if that can be moved, the button and the dialog that ask for more. */
export function timeLimit(view: PayFormView): SafeHtml {
  const { end, language } = view;
  const words = wordsFor(language);
  return html`<div
    class="time-limit"
    data-seconds-left="${end.secondsLeft}"
    data-five="${words.minutesLeft5}"
    data-two="${words.minutesLeft2}"
    data-done="${words.moreTimeDone}"
    data-failed="${words.moreTimeFailed}"
  >
    <p class="time-limit-line">${icon("clock")}<span>${words.endsAt(endTime(view))}</span></p>
    ${end.extendPath !== null && extendForm(end.extendPath, words.moreTime)}
    ${end.extendPath !== null && extendDialog(view, end.extendPath)}
  </div>`;
}

function extendForm(path: string, label: string): SafeHtml {
  return html`<form method="post" action="${safeAddress(path)}" data-extend>
    <button class="link-button" type="submit">${label}</button>
  </form>`;
}

function extendDialog(view: PayFormView, path: string): SafeHtml {
  const words = wordsFor(view.language);
  return html`<dialog class="dialog" id="more-time" aria-labelledby="more-time-title">
    <form method="post" action="${safeAddress(path)}" data-extend>
      <h2 id="more-time-title">${words.moreTime}</h2>
      <p>${words.moreTimeText(endTime(view))}</p>
      <div class="dialog-actions">
        <button class="button button-primary" type="submit">${words.moreTimeYes}</button>
        <button class="button button-quiet" type="submit" formmethod="dialog" data-close>
          ${words.moreTimeNo}
        </button>
      </div>
    </form>
  </dialog>`;
}

function endTime({ end }: PayFormView): SafeHtml {
  return html`<span data-ends-at data-zone="${end.zone}">${momentHtml(end.at, end.zone)}</span>`;
}

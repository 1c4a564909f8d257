import { html, leftToRight } from "../../http/html.ts";
import type { SafeHtml } from "../../http/html.ts";
import { groupedCardNumber } from "../../http/look/format.ts";
import { icon } from "../../http/look/icons.ts";
import type { PayFormView, TestCardView } from "../views.ts";
import type { Words } from "../words.ts";
import { wordsFor } from "../words-for.ts";
import { brandMark } from "./brand-marks.ts";

/** The sandbox's cards: closed, after the form, a table to copy from where scripts are off. */
export function testCardDrawer(view: PayFormView): SafeHtml | null {
  if (view.testCards.length === 0) return null;
  const words = wordsFor(view.language);
  return html`<details class="drawer" data-filled="${words.testCardFilled}">
    <summary class="drawer-title">
      ${icon("flask")}<span>${words.testCards}</span>${icon("chevron")}
    </summary>
    <div class="drawer-body">
      <p class="hint">${words.testCardsIntro}</p>
      <table class="test-cards" role="table">
        ${columnHeads(words)}
        <tbody role="rowgroup">
          ${view.testCards.map((card) => row(card, words))}
        </tbody>
      </table>
    </div>
  </details>`;
}

function columnHeads({ testCardColumns: names }: Words): SafeHtml {
  const columns = [names.outcome, names.number, names.expiry, names.code];
  return html`<thead class="visually-hidden" role="rowgroup">
    <tr role="row">
      ${columns.map((name) => html`<th role="columnheader" scope="col">${name}</th>`)}
      <th role="columnheader" scope="col" data-script hidden>${names.use}</th>
    </tr>
  </thead>`;
}

function row(card: TestCardView, words: Words): SafeHtml {
  const number = groupedCardNumber(card.number);
  return html`<tr
    class="test-card"
    role="row"
    data-number="${card.number}"
    data-expiry="${card.expiry}"
    data-code="${card.securityCode}"
  >
    <th class="test-card-name" role="rowheader" scope="row">
      ${brandMark(card.brand)}
      <span
        ><b>${card.label}</b>${
          card.outcome !== card.label && html`<span class="hint">${card.outcome}</span>`
        }</span
      >
    </th>
    <td role="cell" class="mono">${leftToRight(number)}</td>
    <td role="cell" class="mono">${leftToRight(card.expiry)}</td>
    <td role="cell" class="mono">${leftToRight(card.securityCode)}</td>
    <td role="cell" class="test-card-use" data-script hidden>
      <button
        class="button button-small"
        type="button"
        aria-label="${words.useTestCard}: ${card.label}, ${number}"
      >
        ${words.useTestCard}
      </button>
    </td>
  </tr>`;
}

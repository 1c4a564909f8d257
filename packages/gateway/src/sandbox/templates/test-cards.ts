import { html, leftToRight } from "../../http/html.ts";
import type { SafeHtml } from "../../http/html.ts";
import { groupedCardNumber } from "../../http/look/format.ts";
import { testCardViews } from "../../payment-page/test-card-views.ts";
import { copyButton } from "./parts.ts";

/** The cards of the sandbox; the payment page offers the same ones. */
export function testCards(now: Date): SafeHtml {
  return html`<section class="card panel" id="test-cards" aria-labelledby="cards-title">
    <header class="panel-head"><h2 id="cards-title">Test cards</h2></header>
    <ul class="cards">
      ${testCardViews("en", now).map(
        (card) =>
          html`<li class="test-row">
            <span class="test-outcome">${card.outcome}</span>
            <span class="test-number"
              ><code>${leftToRight(groupedCardNumber(card.number))}</code></span
            >
            <span class="test-rest figures"
              >${card.brand} · ${leftToRight(card.expiry)} · code
              ${leftToRight(card.securityCode)}</span
            >
            ${copyButton(card.number, `Copy card number ${groupedCardNumber(card.number)}`)}
          </li>`,
      )}
    </ul>
    <p class="hint">Any other security code is declined. Real card numbers are refused.</p>
  </section>`;
}

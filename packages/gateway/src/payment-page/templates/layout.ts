import { html, isolate, leftToRight } from "../../http/html.ts";
import type { HtmlValue, SafeHtml } from "../../http/html.ts";
import { htmlDocument, otherLanguage } from "../../http/look/document.ts";
import { icon } from "../../http/look/icons.ts";
import type { PageFrame } from "../views.ts";
import { wordsFor } from "../words-for.ts";

interface Page {
  /** Names the screen: "pay", "hand-off" and so on. */
  readonly name: string;
  readonly title: string;
  readonly merchantName: string | null;
  readonly main: HtmlValue;
  readonly head?: HtmlValue;
  /** Names of assets, after the page's own. */
  readonly styles?: readonly string[];
  /** Before Wasl's name at the foot. */
  readonly foot?: HtmlValue;
  readonly tranRef?: string | null;
  /** Whether form and summary stand side by side on a wide screen. */
  readonly wide?: boolean;
}

/** Every page a shopper sees: ribbon, shop, content, foot. */
export function pageDocument(frame: PageFrame, page: Page): string {
  const body = html`
    <div
      class="page${page.wide === true && " page-wide"}${frame.compact === true && " page-compact"}"
    >
      <header class="top">
        ${frame.sandbox && ribbon(frame)}
        <div class="top-bar">${shopName(page.merchantName, frame)}${languageSwitch(frame)}</div>
      </header>
      ${page.main} ${footer(frame, page)}
    </div>
    <div id="announcer" class="visually-hidden" role="status" aria-live="polite"></div>
  `;
  return htmlDocument(frame, {
    title: page.title,
    styles: ["page.css", ...(page.styles ?? [])],
    scripts: ["page.js"],
    head: page.head,
    page: page.name,
    body,
  });
}

function ribbon(frame: PageFrame): SafeHtml {
  return html`<p class="ribbon">
    ${icon("flask")}<span>${wordsFor(frame.language).ribbon}</span>
  </p>`;
}

function shopName(merchantName: string | null, { compact, theme }: PageFrame): SafeHtml {
  if (merchantName === null || compact === true) return html`<span></span>`;
  return html`<p class="shop">
    <span class="monogram${theme !== undefined && " monogram-own"}" aria-hidden="true"
      >${theme?.monogram ?? initialOf(merchantName)}</span
    >
    <bdi class="shop-name">${merchantName}</bdi>
  </p>`;
}

/** The first letter of a name, past the Arabic article. */
function initialOf(name: string): string {
  const [first] = name.trim().replace(/^ال(?=\p{L}{2})/u, "");
  return first?.toLocaleUpperCase() ?? "";
}

function languageSwitch(frame: PageFrame): SafeHtml | null {
  if (frame.languagePath === null) return null;
  const other = otherLanguage(frame.language);
  return html`<a
    class="language"
    href="${frame.languagePath}"
    hreflang="${other.code}"
    lang="${other.code}"
    >${icon("globe")}${other.name}</a
  >`;
}

function footer(frame: PageFrame, page: Page): SafeHtml {
  const words = wordsFor(frame.language);
  return html`<footer class="foot">
    ${page.foot}
    <p class="foot-line">
      ${page.tranRef && copyable(words.reference, page.tranRef, words)}
      ${copyable(words.request, frame.requestId, words)}
    </p>
    <p class="foot-wasl">${words.wasl(html`<b>${isolate(words.waslName)}</b>`)}</p>
  </footer>`;
}

/** A reference that selects whole; a script adds the button that copies it. */
function copyable(
  label: string,
  text: string,
  words: { readonly copy: string; readonly copied: string },
): SafeHtml {
  return html`<span class="copyable"
    >${label}
    <span class="mono" data-copy="${words.copy}" data-copied="${words.copied}"
      >${leftToRight(text)}</span
    ></span
  >`;
}

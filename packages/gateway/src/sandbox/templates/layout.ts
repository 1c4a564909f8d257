import { html } from "../../http/html.ts";
import type { HtmlValue } from "../../http/html.ts";
import { htmlDocument, type PageFrame } from "../../http/look/document.ts";
import { icon } from "../../http/look/icons.ts";

interface SandboxPage {
  /** Names the screen: "front-door", "test-payment". */
  readonly name: string;
  readonly title: string;
  readonly main: HtmlValue;
  readonly head?: HtmlValue;
}

/** Every page of the sandbox: the bar with Wasl's name, the content, a foot. */
export function sandboxDocument(frame: PageFrame, page: SandboxPage): string {
  const body = html`
    <a class="skip visually-hidden" href="#content">Skip to content</a>
    <header class="bar">
      <div class="bar-inside">
        <a class="wordmark" href="/"><span class="wordmark-sign" aria-hidden="true"></span>Wasl</a>
        <p class="bar-tag">
          ${icon("flask")}<span>Sandbox<span class="bar-more">: no money moves</span></span>
        </p>
      </div>
    </header>
    <main id="content" class="content" tabindex="-1">${page.main}</main>
    <footer class="bottom">
      <p>Served to this computer only. Times are in UTC.</p>
      <p>Request <code>${frame.requestId}</code></p>
    </footer>
    <div id="announcer" class="visually-hidden" role="status" aria-live="polite"></div>
  `;
  return htmlDocument(frame, {
    title: page.title,
    styles: ["sandbox.css"],
    scripts: ["sandbox.js"],
    page: page.name,
    head: page.head,
    body,
  });
}

import { html, raw } from "../html.ts";
import { accentStyle } from "./accent.ts";
import type { HtmlValue, SafeHtml } from "../html.ts";

export type Language = "en" | "ar";

/** Where an asset is served; `loadAssets()` gives one. */
export interface AssetUrls {
  url(name: string): string;
}

/** What every page for a browser carries, whatever it shows. */
export interface PageFrame {
  readonly language: Language;
  /** The nonce of this response's Content-Security-Policy. */
  readonly nonce: string;
  readonly assets: AssetUrls;
  readonly sandbox: boolean;
  /** Shown small and copyable, so that support can find the log line. */
  readonly requestId: string;
  /** GET: the same page in the other language; `null` hides the link. */
  readonly languagePath: string | null;
  /** Inside a shop's page, which has shown its name and the order itself. */
  readonly compact?: boolean;
  /** Colours of a shop's own. */
  readonly theme?: Theme;
}

/** A shop's own look on pages that show it. */
export interface Theme {
  /** `#rrggbb` */
  readonly accent: string;
  /** In place of the first letter of the shop's name. */
  readonly monogram?: string;
}

export interface DocumentParts {
  readonly title: string;
  /** Names of assets, in order, after the fonts and tokens. */
  readonly styles: readonly string[];
  readonly scripts: readonly string[];
  readonly body: HtmlValue;
  /** More of the head: a refresh, for example. */
  readonly head?: HtmlValue;
  /** Names the screen on `<body data-page>`, for scripts and tests. */
  readonly page: string;
}

/** The right-to-left languages among ours. */
export function directionOf(language: Language): "ltr" | "rtl" {
  return language === "ar" ? "rtl" : "ltr";
}

/** A whole HTML document in Wasl's look, without inline style or script. */
export function htmlDocument(frame: PageFrame, parts: DocumentParts): string {
  const { language, nonce, assets } = frame;
  const styles = ["fonts.css", "tokens.css", ...parts.styles];
  const page = html`<html lang="${language}" dir="${directionOf(language)}">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <meta name="referrer" content="no-referrer" />
      <meta name="robots" content="noindex, nofollow" />
      <meta name="format-detection" content="telephone=no" />
      <meta name="theme-color" content="#fbfbf9" media="(prefers-color-scheme: light)" />
      <meta name="theme-color" content="#0e1514" media="(prefers-color-scheme: dark)" />
      <title>${parts.title}</title>
      <link rel="icon" type="image/svg+xml" href="${assets.url("favicon.svg")}" />
      ${preloadedFonts(language).map((name) => fontPreload(assets.url(name)))}
      ${styles.map((name) => styleLink(assets.url(name), nonce))}
      ${frame.theme && themeStyle(frame.theme, nonce)}
      ${parts.scripts.map((name) => scriptLink(assets.url(name), nonce))} ${parts.head}
    </head>
    <body data-page="${parts.page}">
      ${parts.body}
    </body>
  </html>`;
  return `<!doctype html>\n${page.toString()}\n`;
}

function styleLink(url: string, nonce: string): SafeHtml {
  return html`<link rel="stylesheet" nonce="${nonce}" href="${url}" />`;
}

function themeStyle({ accent }: Theme, nonce: string): SafeHtml {
  return html`<style nonce="${nonce}">
    ${raw(accentStyle(accent))}
  </style>`;
}

function scriptLink(url: string, nonce: string): SafeHtml {
  return html`<script type="module" nonce="${nonce}" src="${url}"></script>`;
}

function fontPreload(url: string): SafeHtml {
  return html`<link rel="preload" as="font" type="font/woff2" crossorigin href="${url}" />`;
}

function preloadedFonts(language: Language): readonly string[] {
  const latin = ["ibm-plex-sans-latin-400.woff2", "ibm-plex-sans-latin-600.woff2"];
  const arabic = ["ibm-plex-sans-arabic-400.woff2", "ibm-plex-sans-arabic-600.woff2"];
  return language === "ar" ? [...arabic, ...latin] : latin;
}

/** The other language's name in itself, for the switch. */
export function otherLanguage(language: Language): {
  readonly code: Language;
  readonly name: string;
} {
  return language === "ar" ? { code: "en", name: "English" } : { code: "ar", name: "العربية" };
}

/** A decorative drawing of our own, hidden from assistive technology. */
export function drawing(viewBox: string, className: string, shapes: string): SafeHtml {
  return raw(
    `<svg class="${className}" viewBox="${viewBox}" aria-hidden="true" focusable="false">${shapes}</svg>`,
  );
}

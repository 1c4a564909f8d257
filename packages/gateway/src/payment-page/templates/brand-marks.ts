import { html, raw } from "../../http/html.ts";
import type { SafeHtml } from "../../http/html.ts";
import type { BrandView } from "../views.ts";

/** Neutral outlines drawn by ourselves, in one grey: hints at a brand, not its registered mark. */
const marks: Readonly<Record<string, string>> = {
  mada: text("mada", 11),
  Visa: text("VISA", 10.5),
  MasterCard: '<circle cx="16" cy="12" r="5.5"/><circle cx="24" cy="12" r="5.5"/>',
  AmericanExpress: text("AMEX", 9.5),
};

function text(word: string, size: number): string {
  return (
    `<text x="20" y="${12 + size * 0.34}" text-anchor="middle" font-size="${size}" ` +
    `font-weight="600" stroke="none" fill="currentColor" direction="ltr">${word}</text>`
  );
}

const names: Readonly<Record<string, string>> = {
  MasterCard: "Mastercard",
  AmericanExpress: "American Express",
};

/** The brands taken, in the shop's order. A script dims the ones a typed number rules out. */
export function brandMarks(brands: readonly BrandView[], label: string): SafeHtml {
  return html`<ul class="brands" aria-label="${label}">
    ${brands.map(({ name }) => {
      const spoken = names[name] ?? name;
      return html`<li class="brand" data-brand="${name}">
        ${brandMark(name)}<span class="visually-hidden">${spoken}</span>
      </li>`;
    })}
  </ul>`;
}

/** One mark, for decoration. */
export function brandMark(name: string): SafeHtml {
  const shape = marks[name];
  return raw(
    '<svg class="brand-mark" viewBox="0 0 40 24" aria-hidden="true" focusable="false">' +
      `<rect x="0.5" y="0.5" width="39" height="23" rx="4.5"/>${shape ?? ""}</svg>`,
  );
}

import type { SafeHtml } from "../html.ts";
import { drawing } from "./document.ts";

/** Line drawings on a 24 px grid. They only decorate: the words beside them say it. */
const shapes = {
  alert: '<circle cx="12" cy="12" r="9"/><path d="M12 7.5v5.5M12 16.4v.1"/>',
  arrow: '<path d="M5 12h14M13 6l6 6-6 6"/>',
  bank: '<path d="M4 10l8-5 8 5M5.5 10v8M10 10v8M14 10v8M18.5 10v8M3.5 19.5h17"/>',
  check: '<path d="M5 12.5l4.5 4.5L19 7.5"/>',
  chevron: '<path d="M6.5 9.5l5.5 5.5 5.5-5.5"/>',
  clock: '<circle cx="12" cy="12" r="9"/><path d="M12 7v5.2l3.4 2"/>',
  cross: '<path d="M6.5 6.5l11 11M17.5 6.5l-11 11"/>',
  flask:
    '<path d="M9.5 3.5h5M10.5 3.5v6L5 18.6A1.3 1.3 0 0 0 6.1 20.5h11.8a1.3 1.3 0 0 0 1.1-1.9L13.5 9.5v-6M8 15h8"/>',
  globe:
    '<circle cx="12" cy="12" r="9"/><path d="M3.2 12h17.6M12 3c3 3 3.6 6 3.6 9s-.6 6-3.6 9c-3-3-3.6-6-3.6-9s.6-6 3.6-9z"/>',
  link: '<path d="M10.5 8H8a4 4 0 0 0 0 8h2.5M13.5 8H16a4 4 0 0 1 0 8h-2.5M9 12h6"/>',
  lock: '<rect x="5.5" y="10.5" width="13" height="9.5" rx="2"/><path d="M8.5 10.5V8a3.5 3.5 0 0 1 7 0v2.5"/>',
  pause: '<path d="M9 6.5v11M15 6.5v11"/>',
  print:
    '<path d="M7 9V4h10v5M7 17H5a1.5 1.5 0 0 1-1.5-1.5v-5A1.5 1.5 0 0 1 5 9h14a1.5 1.5 0 0 1 1.5 1.5v5A1.5 1.5 0 0 1 19 17h-2M7 14h10v6H7z"/>',
  tag: '<path d="M4 4.5h7.5l8.5 8.5-7 7L4.5 11.5z"/><path d="M8.2 8.4v.1"/>',
  question: '<path d="M9 9a3 3 0 1 1 4.4 2.7c-.9.5-1.4 1.1-1.4 2.1v.4M12 17.4v.1"/>',
} as const;

export type IconName = keyof typeof shapes;

const mirrored: ReadonlySet<IconName> = new Set(["arrow", "question"]);

export function icon(name: IconName): SafeHtml {
  const className = mirrored.has(name) ? "icon icon-mirrored" : "icon";
  return drawing("0 0 24 24", className, shapes[name]);
}

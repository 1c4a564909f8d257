import type { SafeHtml } from "../../http/html.ts";
import { drawing } from "../../http/look/document.ts";

/** Drawings of the sandbox's own, on the same 24 px grid as the others. */
const shapes = {
  browser:
    '<rect x="3.5" y="5" width="17" height="14" rx="2"/><path d="M3.5 9h17M6.4 7h.1M8.9 7h.1"/>',
  server:
    '<rect x="4" y="4.5" width="16" height="6.5" rx="1.5"/><rect x="4" y="13" width="16" height="6.5" rx="1.5"/><path d="M7.5 7.8h.1M7.5 16.3h.1M11 7.8h5M11 16.3h5"/>',
  copy: '<rect x="8.5" y="8.5" width="11" height="11" rx="2"/><path d="M15.5 8.5V6a1.5 1.5 0 0 0-1.5-1.5H6A1.5 1.5 0 0 0 4.5 6v8A1.5 1.5 0 0 0 6 15.5h2.5"/>',
  open: '<path d="M13.5 4.5h6v6M19.5 4.5l-9 9M17.5 14v4a1.5 1.5 0 0 1-1.5 1.5H6A1.5 1.5 0 0 1 4.5 18V8A1.5 1.5 0 0 1 6 6.5h4"/>',
  refresh: '<path d="M19.5 12a7.5 7.5 0 1 1-2.3-5.4M19.5 4v4h-4"/>',
  key: '<circle cx="8" cy="15" r="3.5"/><path d="M10.6 12.4l7.9-7.9M15.5 7.5l2.5 2.5"/>',
} as const;

export function ownIcon(name: keyof typeof shapes): SafeHtml {
  return drawing("0 0 24 24", "icon", shapes[name]);
}

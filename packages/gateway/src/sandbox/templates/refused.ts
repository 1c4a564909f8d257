import { html } from "../../http/html.ts";
import type { PageFrame } from "../../http/look/document.ts";
import { sandboxDocument } from "./layout.ts";

export type RefusalName = "not_local" | "cross_site" | "unknown_payment" | "failed";

const refusals: Readonly<Record<RefusalName, { readonly title: string; readonly text: string }>> = {
  not_local: {
    title: "The sandbox opens on its own computer only",
    text: "Its pages show the server key. Open them at the loopback address that the gateway printed when it started, not over the network, a proxy or a tunnel.",
  },
  cross_site: {
    title: "That form came from another site",
    text: "Test payments are made from the sandbox's own page. Open it and try again.",
  },
  unknown_payment: {
    title: "There is no such payment here",
    text: "Check the reference, or look for it among the recent payments.",
  },
  failed: {
    title: "That did not work",
    text: "The fault is the gateway's; its log has the details under the request below.",
  },
};

/** A page of the sandbox that is not shown, and why. */
export function refusedPage(frame: PageFrame, name: RefusalName): string {
  const { title, text } = refusals[name];
  return sandboxDocument(frame, {
    name: "refused",
    title,
    main: html`<div class="card refused" data-refusal="${name}">
      <h1>${title}</h1>
      <p>${text}</p>
      ${name !== "not_local" && html`<p><a class="button" href="/">To the sandbox</a></p>`}
    </div>`,
  });
}

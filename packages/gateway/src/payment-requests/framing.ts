import { z } from "zod";
import { isLoopbackUrl } from "../responses/return.ts";
import type { FramedOptions } from "../transactions/page-options.ts";
import type { LiveWarning } from "../transactions/transaction.ts";
import { flag, optional } from "./fields.ts";

/** The members that put a page into a frame (protocol.md 2.3). */
export const framingMembers = {
  framed: optional(flag()),
  framed_return_top: optional(flag()),
  framed_return_parent: optional(flag()),
  framed_message_target: optional(z.string("must be an origin")),
  force_full_ui: optional(flag()),
};

type FramingRequest = z.output<z.ZodObject<typeof framingMembers>>;

export type FramingReading =
  | {
      readonly ok: true;
      readonly framed: FramedOptions | undefined;
      readonly warnings: readonly LiveWarning[];
    }
  /** `framed_message_target` breaks a rule. */
  | { readonly ok: false; readonly rule: string };

/**
 * How the page behaves in a frame; without `framed` the other members say nothing. Clients send
 * both return flags at once (protocol.md 1.4): the topmost window wins.
 */
export function readFraming(
  request: FramingRequest,
  { relaxed }: { readonly relaxed: boolean },
): FramingReading {
  const target = noneIsNothing(request.framed_message_target);
  const origin = target === undefined ? undefined : readOrigin(target, { relaxed });
  if (origin !== undefined && !origin.ok) return origin;
  if (request.framed !== true) return { ok: true, framed: undefined, warnings: [] };
  const framed: FramedOptions = {
    returnTo: returnTo(request),
    ...(origin !== undefined && { messageTarget: origin.origin }),
    ...(request.force_full_ui === true && { fullUi: true }),
  };
  return { ok: true, framed, warnings: origin?.warnings ?? [] };
}

function returnTo(request: FramingRequest): FramedOptions["returnTo"] {
  if (request.framed_return_top === true) return "top";
  return request.framed_return_parent === true ? "parent" : "self";
}

function noneIsNothing(target: string | undefined): string | undefined {
  return target?.toLowerCase() === "none" ? undefined : target;
}

type OriginReading =
  | { readonly ok: true; readonly origin: string; readonly warnings: readonly LiveWarning[] }
  | { readonly ok: false; readonly rule: string };

const overHttp: LiveWarning = {
  field: "framed_message_target",
  message: "framed_message_target is plain http: live takes an https origin only",
};

function readOrigin(text: string, { relaxed }: { readonly relaxed: boolean }): OriginReading {
  const rule = "must be an https origin such as https://shop.example, without a path";
  const parsed = URL.parse(text);
  if (parsed === null || parsed.origin === "null") return { ok: false, rule };
  // The browser's own form of the origin, at most with a slash behind it, and nothing more.
  const named = /^(?:[\w.-]+|\[[\da-f:.]+\])$/.test(parsed.hostname);
  if (!named || text.toLowerCase().replace(/\/$/, "") !== parsed.origin) {
    return { ok: false, rule };
  }
  if (parsed.protocol === "https:") return { ok: true, origin: parsed.origin, warnings: [] };
  if (relaxed && isLoopbackUrl(text)) {
    return { ok: true, origin: parsed.origin, warnings: [overHttp] };
  }
  return { ok: false, rule };
}

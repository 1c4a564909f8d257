import { z } from "zod";
import { checkDestination } from "../deliveries/destinations.ts";
import { optional, wholeNumber } from "../payment-requests/fields.ts";

/** Rows of one page of a list; as many as come unless fewer are asked for. */
export const pageRowsMax = 100;

/** How many rows a page of a list has. */
export const pageRows = optional(wholeNumber(1, pageRowsMax));

/** Before anything can have been delivered; ids of an earlier time would have no meaning. */
export const earliest = new Date("2000-01-01T00:00:00Z");

const written = /^(\d{4})-(\d\d)-(\d\d)(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d))?$/;

/**
 * The time that a text names, in ISO 8601, or `undefined` when there is none such since the year
 * 2000: the language's own parser would make the third of March out of the 31st of February.
 *
 * @example readTime("2026-11-01T00:00:00Z")
 */
export function readTime(text: string): Date | undefined {
  const [, year, month, day] = (written.exec(text) ?? []).map((part) => Number.parseInt(part, 10));
  if (year === undefined || month === undefined || day === undefined) return undefined;
  const lastOfMonth = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const at = new Date(text);
  return day > lastOfMonth || Number.isNaN(at.getTime()) || at < earliest ? undefined : at;
}

const timeRule = "must be a time such as 2026-11-01T00:00:00Z, from the year 2000 on";

/** A moment, or a day's beginning in UTC. */
export function time() {
  return z.string(timeRule).transform((text, context) => {
    const at = readTime(text);
    if (at !== undefined) return at;
    context.addIssue({ code: "custom", message: timeRule });
    return z.NEVER;
  });
}

const originRule = "must be a scheme and a host such as https://shop.example";

/** What may be called at all: the origin of a delivery was checked when it was made. */
const anywhere = { allowHttp: true, allowPort: true, allowPrivate: true };

/** Scheme, host and port of a server, as the part of a lane that an address decides. */
export function origin() {
  return z.string(originRule).transform((text, context) => {
    const checked = checkDestination(text, anywhere, "");
    const rule = checked.ok || checked.rule !== "host" ? originRule : checked.message.trim();
    if (checked.ok && /^https?:\/\/[^/]+\/$/.test(checked.url)) {
      return checked.lane;
    }
    context.addIssue({ code: "custom", message: rule });
    return z.NEVER;
  });
}

import { apiAreas } from "./api-rules.ts";
import { cardAreas } from "./cards.ts";
import { codeAreas } from "./codes.ts";
import { followUpAreas } from "./follow-ups.ts";
import { invoiceAreas } from "./invoices.ts";
import { messageAreas } from "./messages.ts";
import { paymentAreas } from "./payment-rules.ts";
import { replyAreas } from "./replies.ts";
import { requestAreas } from "./requests.ts";
import type { Area, Row } from "./row.ts";

/**
 * Every field, rule and response of PT2, each with what Wasl does about it. `docs/compatibility.md` is
 * made from this list, and openapi.json takes its descriptions from it. A test holds it against the
 * code: what is done must be read or written by a schema, and what a schema has must stand here.
 */
export const areas: readonly Area[] = [
  ...requestAreas,
  ...replyAreas,
  ...messageAreas,
  ...codeAreas,
  ...apiAreas,
  ...paymentAreas,
  ...followUpAreas,
  ...cardAreas,
  ...invoiceAreas,
];

/** The names a row stands for: `a.{b,c}` is `a.b` and `a.c`. */
export function namesOf([name]: Row): string[] {
  const [, before = "", inside = "", after = ""] = /^([^{]*)\{([^}]+)\}(.*)$/.exec(name) ?? [];
  if (inside === "") return [name];
  return inside.split(",").map((part) => `${before}${part}${after}`);
}

const byArea = new Map(
  areas.map(({ name, rows }) => [
    name,
    new Map(rows.flatMap((row) => namesOf(row).map((member) => [member, row] as const))),
  ]),
);

const besides = new Map(areas.map(({ name, besides: other }) => [name, other]));

/** The row of a member, by its path, such as `customer_details.name`. */
export function rowOf(area: string, member: string): Row | undefined {
  const other = besides.get(area);
  return byArea.get(area)?.get(member) ?? (other === undefined ? undefined : rowOf(other, member));
}

/** What a member is, in a sentence. */
export function aboutOf(area: string, member: string): string | undefined {
  return rowOf(area, member)?.[3];
}

import {
  type Currency,
  findPaymentMethod,
  type MethodAbility,
  methodObstacle,
  readMethodWishes,
} from "@wasl/protocol";
import { z } from "zod";
import { type OfferedMethod, offeredMethod, offeredMethods } from "../acquirers/offered-methods.ts";
import { ApiError } from "../errors.ts";
import type { ApiBody } from "../http/merchant-api.ts";
import type { Profile } from "../profiles/profile.ts";
import { invalidField, optional } from "./fields.ts";

export const methodMembers = {
  payment_methods: optional(z.array(z.string("must be text"), "must be a list")),
};

const methodsSchema = z.object(methodMembers);

export interface MethodNeeds {
  readonly currency: Currency;
  readonly needs: readonly MethodAbility[];
  /** The shopper is to type how much it is, which only the card form asks. */
  readonly shopperChooses?: boolean;
}

/**
 * The methods a page will offer: asked for by the request, enabled on the profile, and able to take
 * this payment (protocol.md 2.3, 13.2). "All" are the cards and bills, and those of a provider that
 * are named beside it or that the profile enables by name, so that a page is not a wall of buttons.
 *
 * @throws ApiError NOT_SUPPORTED saying of each method why it is not left
 * @example chooseMethods(["all", "-mada"], profile, { currency: sar, needs: [] }) // ["creditcard", …]
 */
export function chooseMethods(
  names: readonly string[],
  profile: Pick<Profile, "paymentMethods">,
  needs: MethodNeeds,
): string[] {
  const { wanted, named, unwanted, unknown } = readMethodWishes(names);
  const considered = wanted ?? allMethods([...named, ...(profile.paymentMethods ?? [])]);
  const judged = considered.map((code) => ({
    code,
    obstacle: unwanted.includes(code) ? "is excluded" : obstacleOf(code, profile, needs),
  }));
  const left = new Set(
    judged.filter(({ obstacle }) => obstacle === undefined).map(({ code }) => code),
  );
  if (left.size > 0) {
    return offeredMethods.map(({ code }) => code).filter((code) => left.has(code));
  }
  const reasons = [
    ...judged.map(({ code, obstacle }) => `${code} ${obstacle ?? ""}`),
    ...unknown.map((name) => `${printable(name)} is no method`),
  ];
  throw new ApiError("NOT_SUPPORTED", {
    rule: `payment_methods leaves none: ${reasons.slice(0, reasonsMax).join("; ")}`,
  });
}

/**
 * Refuses what is paid without a page, by a method that a page would not have offered: not asked for
 * by the request, not enabled on the profile, or not able to take this payment (protocol.md 9.1).
 *
 * @throws ApiError INVALID_FIELD; NOT_SUPPORTED saying what is against the method
 * @example requireMethod("mada", body, profile, { currency: usd, needs: [] }) // throws: takes SAR only
 */
export function requireMethod(
  code: string,
  body: ApiBody,
  profile: Pick<Profile, "paymentMethods">,
  needs: MethodNeeds,
): void {
  const reading = methodsSchema.safeParse(body);
  if (!reading.success) throw invalidField(reading.error.issues[0]);
  const { wanted, unwanted } = readMethodWishes(reading.data.payment_methods ?? []);
  const asked = wanted?.includes(code) ?? true;
  const obstacle = unwanted.includes(code) ? "is excluded" : obstacleOf(code, profile, needs);
  const rule = asked ? obstacle : "is not among payment_methods";
  if (rule !== undefined) throw new ApiError("NOT_SUPPORTED", { rule: `${code} ${rule}` });
}

function allMethods(byName: readonly string[]): string[] {
  return offeredMethods
    .filter(({ code, kind }) => kind !== "provider" || byName.includes(code))
    .map(({ code }) => code);
}

/** As many reasons as fit a message that people read. */
const reasonsMax = 8;

function obstacleOf(
  code: string,
  profile: Pick<Profile, "paymentMethods">,
  needs: MethodNeeds,
): string | undefined {
  const method = findPaymentMethod(code);
  const offered = offeredMethod(code);
  if (method === undefined || offered === undefined) return "is not offered here";
  if (profile.paymentMethods?.includes(code) === false) return "is not enabled on this profile";
  return methodObstacle(method, needs) ?? ownObstacle(offered, needs);
}

/** What a method could do, but not here: no card of a provider's page comes to this gateway. */
function ownObstacle(
  { kind }: OfferedMethod,
  { needs, shopperChooses = false }: MethodNeeds,
): string | undefined {
  if (kind === "card") return undefined;
  if (needs.includes("token")) return "cannot be tokenised here";
  return shopperChooses ? "takes no amount that the shopper chooses" : undefined;
}

/** A name from outside, fit to be repeated in an error. */
function printable(name: string): string {
  return name.replaceAll(/[^\w.-]/g, "?").slice(0, 32);
}

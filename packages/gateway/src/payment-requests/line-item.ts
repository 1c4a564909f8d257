import type { Currency } from "@wasl/protocol";
import { decimalText, minorText, minorUnit, type Millionths, one, rounded } from "./decimal.ts";

/** A line item as the merchant sent it; whatever was not sent is absent (protocol.md 2.5). */
export interface LineItemAmounts {
  readonly unitCost: Millionths | undefined;
  readonly quantity: Millionths | undefined;
  /** Minor units, like all that follow except rates. */
  readonly netTotal: bigint | undefined;
  /** Percent, in millionths. */
  readonly discountRate: Millionths | undefined;
  readonly discountAmount: bigint | undefined;
  readonly taxRate: Millionths | undefined;
  readonly taxTotal: bigint | undefined;
  readonly total: bigint | undefined;
}

/** Minor units. `net` is before discount and tax. */
export interface LineItemSums {
  readonly net: bigint;
  readonly discount: bigint;
  readonly tax: bigint;
  readonly total: bigint;
}

export type LineItemReading =
  | { readonly ok: true; readonly sums: LineItemSums }
  /** The member that does not add up, and what it should be. */
  | { readonly ok: false; readonly member: string; readonly rule: string };

/**
 * Checks a line item by arithmetic, and completes what was left out:
 *
 * - `net_total` is `unit_cost` × `quantity` (a missing quantity is 1),
 * - `discount_amount` is `discount_rate` percent of it,
 * - `tax_total` is `tax_rate` percent of what is left,
 * - `total` is `net_total` − `discount_amount` + `tax_total`.
 *
 * A product may be rounded up or down to a minor unit; sums are exact. A rate of 0 beside an amount
 * says nothing of it, since clients send 0 for what they do not use. A `total` without a net total is
 * taken as it is.
 */
export function checkLineItem(item: LineItemAmounts, currency: Currency): LineItemReading {
  const unit = minorUnit(currency);
  const amount = (minor: bigint) => minorText(minor, currency);

  const net = product(item.netTotal, costOf(item), unit * one);
  if (!net.ok) {
    return fault("net_total", `must be ${amount(net.exact)}, which is unit_cost × quantity`);
  }
  if (net.minor === undefined) return totalOnly(item, amount);
  const discount = product(item.discountAmount, share(net.minor, item.discountRate), 100n * one);
  if (!discount.ok) {
    const rate = decimalText(item.discountRate ?? 0n);
    const rule = `must be ${amount(discount.exact)}, which is ${rate} % of ${amount(net.minor)}`;
    return fault("discount_amount", rule);
  }
  const taken = discount.minor ?? 0n;
  if (taken > net.minor) return fault("discount_amount", `must be at most ${amount(net.minor)}`);
  const taxable = net.minor - taken;
  const tax = product(item.taxTotal, share(taxable, item.taxRate), 100n * one);
  if (!tax.ok) {
    const rate = decimalText(item.taxRate ?? 0n);
    const rule = `must be ${amount(tax.exact)}, which is ${rate} % of ${amount(taxable)}`;
    return fault("tax_total", rule);
  }
  const added = tax.minor ?? 0n;
  const total = taxable + added;
  if (item.total !== undefined && item.total !== total) {
    const terms = `${amount(net.minor)} − ${amount(taken)} + ${amount(added)}`;
    return fault("total", `must be ${amount(total)}, which is ${terms}`);
  }
  return { ok: true, sums: { net: net.minor, discount: taken, tax: added, total } };
}

const fault = (member: string, rule: string) => ({ ok: false, member, rule }) as const;

function totalOnly(
  { total, discountAmount: discount = 0n, taxTotal: tax = 0n }: LineItemAmounts,
  amount: (minor: bigint) => string,
): LineItemReading {
  if (total === undefined) {
    return fault("total", "is required, or net_total, or unit_cost and quantity");
  }
  const net = total + discount - tax;
  if (net < 0n) return fault("tax_total", `must be at most ${amount(total + discount)}`);
  return { ok: true, sums: { net, discount, tax, total } };
}

/** In millionths of a millionth. */
function costOf({ unitCost, quantity }: LineItemAmounts): bigint | undefined {
  return unitCost === undefined ? undefined : unitCost * (quantity ?? one);
}

/** A percentage of minor units, to be divided by 100 and the millionths of the rate. */
function share(minor: bigint, rate: Millionths | undefined): bigint | undefined {
  return rate === undefined || rate === 0n ? undefined : minor * rate;
}

/** The given amount if it is the product, rounded either way; the rounded product if none was. */
function product(
  given: bigint | undefined,
  exact: bigint | undefined,
  unit: bigint,
): { ok: true; minor: bigint | undefined } | { ok: false; exact: bigint } {
  if (exact === undefined) return { ok: true, minor: given };
  const expected = rounded(exact, unit);
  if (given === undefined) return { ok: true, minor: expected };
  const difference = given * unit - exact;
  const near = difference < unit && difference > -unit;
  return near ? { ok: true, minor: given } : { ok: false, exact: expected };
}

import { amountMinorMax, type Money, moneyOf } from "@wasl/protocol";
import type { InvoiceOptions } from "../transactions/page-options.ts";
import { amountView } from "./page-views.ts";
import type { ItemsView } from "./views.ts";

/**
 * The lines of an invoice for the page. Their figures are shown only when, with the charges, they
 * come to the amount: a page must not show sums that contradict what is charged.
 */
export function itemsView(
  invoice: InvoiceOptions | undefined,
  amount: Money,
): ItemsView | undefined {
  if (invoice === undefined) return undefined;
  const agree = sumOf(invoice) === amount.minor;
  const money = (minor: string | undefined) =>
    agree && minor !== undefined && BigInt(minor) <= amountMinorMax
      ? amountView(moneyOf(BigInt(minor), amount.currency))
      : null;
  const charges = [
    ["shipping", money(invoice.shippingMinor)],
    ["extra", money(invoice.extraMinor)],
    ["discount", money(invoice.discountMinor)],
  ] as const;
  return {
    lines: invoice.items.map(
      ({ description, quantity, unitCost, discountMinor, taxMinor, totalMinor }) => ({
        description,
        quantity: quantity ?? null,
        unitCost: (agree && unitCost) || null,
        discount: money(discountMinor),
        tax: money(taxMinor),
        total: money(totalMinor),
      }),
    ),
    charges: charges.flatMap(([kind, value]) =>
      value === null || /^0(?:\.0+)?$/.test(value.decimal) ? [] : [{ kind, amount: value }],
    ),
  };
}

/** `undefined` when a line has no figure. */
function sumOf({ items, shippingMinor, extraMinor, discountMinor }: InvoiceOptions) {
  let sum = BigInt(shippingMinor ?? 0) + BigInt(extraMinor ?? 0) - BigInt(discountMinor ?? 0);
  for (const { totalMinor } of items) {
    if (totalMinor === undefined) return undefined;
    sum += BigInt(totalMinor);
  }
  return sum;
}

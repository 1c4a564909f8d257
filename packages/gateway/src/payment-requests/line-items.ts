import { type Currency, parseAmount } from "@wasl/protocol";
import { z } from "zod";
import { JsonNumber } from "../http/json-body.ts";
import type { InvoiceItem, InvoiceOptions } from "../transactions/page-options.ts";
import { type Millionths, readDecimal, unitCostText } from "./decimal.ts";
import { optional, text } from "./fields.ts";
import { checkLineItem, type LineItemSums } from "./line-item.ts";

/** More lines than a page can show. */
const itemsMax = 200;

const written = (value: unknown): unknown => (value instanceof JsonNumber ? value.source : value);

/** A figure as written; what is none is left out, since these are for display only. */
const figure = z
  .preprocess(written, z.unknown())
  .transform((value) => (typeof value === "string" && value !== "" ? value : undefined))
  .meta({ type: "number" });

const item = z.object(
  {
    sku: optional(text(255)),
    description: optional(text(1024)),
    unit_cost: figure,
    quantity: figure,
    net_total: figure,
    discount_rate: figure,
    discount_amount: figure,
    tax_rate: figure,
    tax_total: figure,
    total: figure,
  },
  "must be an object",
);

/** `invoice` with its lines (protocol.md 2.5); its other members belong to sent invoices. */
export const invoiceMembers = {
  invoice: optional(
    z.object(
      {
        line_items: optional(
          z.array(item, "must be a list").max(itemsMax, `must have at most ${itemsMax} items`),
        ),
        shipping_charges: figure,
        extra_charges: figure,
        extra_discount: figure,
      },
      "must be an object",
    ),
  ),
};

type InvoiceRequest = z.output<z.ZodObject<typeof invoiceMembers>>["invoice"];

/** What the page shows of an invoice; nothing is refused for figures that do not add up. */
export function readInvoice(
  invoice: InvoiceRequest,
  currency: Currency,
): InvoiceOptions | undefined {
  const items = (invoice?.line_items ?? []).flatMap((line) => readItem(line, currency));
  if (invoice === undefined || items.length === 0) return undefined;
  const shipping = minorOf(invoice.shipping_charges, currency);
  const extra = minorOf(invoice.extra_charges, currency);
  const discount = minorOf(invoice.extra_discount, currency);
  return {
    items,
    ...(shipping !== undefined && { shippingMinor: shipping.toString() }),
    ...(extra !== undefined && { extraMinor: extra.toString() }),
    ...(discount !== undefined && { discountMinor: discount.toString() }),
  };
}

function readItem(line: z.output<typeof item>, currency: Currency): InvoiceItem[] {
  const description = line.description ?? line.sku;
  if (description === undefined) return [];
  const quantity = /^\d{1,9}(?:\.\d{1,4})?$/.exec(line.quantity ?? "")?.[0];
  const unitCost = millionthsOf(line.unit_cost);
  const { discount = 0n, tax = 0n, total } = sumsOf(line, currency);
  return [
    {
      description,
      ...(quantity !== undefined && { quantity }),
      ...(unitCost !== undefined && { unitCost: unitCostText(unitCost, currency) }),
      ...(discount > 0n && { discountMinor: discount.toString() }),
      ...(tax > 0n && { taxMinor: tax.toString() }),
      ...(total !== undefined && { totalMinor: total.toString() }),
    },
  ];
}

/** By the arithmetic of a sent invoice's lines; where that refuses them, as far as they go. */
function sumsOf(line: z.output<typeof item>, currency: Currency): Partial<LineItemSums> {
  const checked = checkLineItem(
    {
      unitCost: millionthsOf(line.unit_cost),
      quantity: millionthsOf(line.quantity),
      netTotal: minorOf(line.net_total, currency),
      discountRate: millionthsOf(line.discount_rate),
      discountAmount: minorOf(line.discount_amount, currency),
      taxRate: millionthsOf(line.tax_rate),
      taxTotal: minorOf(line.tax_total, currency),
      total: minorOf(line.total, currency),
    },
    currency,
  );
  if (checked.ok) return checked.sums;
  const total = totalOf(line, currency);
  return total === undefined ? {} : { total };
}

/** The line's own total, or what its other figures make of it. */
function totalOf(line: z.output<typeof item>, currency: Currency): bigint | undefined {
  const total = minorOf(line.total, currency);
  if (total !== undefined) return total;
  const tax = minorOf(line.tax_total, currency) ?? 0n;
  const net = minorOf(line.net_total, currency);
  if (net !== undefined) return net + tax;
  const cost = minorOf(line.unit_cost, currency);
  const count = /^(\d{1,9})(?:\.0*)?$/.exec(line.quantity ?? "1")?.[1];
  if (cost === undefined || count === undefined) return undefined;
  const worth = cost * BigInt(count) - (minorOf(line.discount_amount, currency) ?? 0n) + tax;
  return worth < 0n ? undefined : worth;
}

function millionthsOf(figureText: string | undefined): Millionths | undefined {
  const reading = readDecimal(figureText);
  return reading.ok ? reading.value : undefined;
}

/** An amount in minor units; zero is one here. */
function minorOf(figureText: string | undefined, currency: Currency): bigint | undefined {
  if (figureText === undefined) return undefined;
  const reading = parseAmount(figureText, currency);
  if (reading.ok) return reading.money.minor;
  return reading.fault === "zero" ? 0n : undefined;
}

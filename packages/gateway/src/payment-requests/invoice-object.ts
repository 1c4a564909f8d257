import type { Currency, Money } from "@wasl/protocol";
import { z } from "zod";
import { ApiError } from "../errors.ts";
import {
  decimalText,
  minorText,
  minorUnit,
  type Millionths,
  readDecimal,
  unitCostText,
} from "./decimal.ts";
import { flag, optional, text } from "./fields.ts";
import { checkLineItem, type LineItemAmounts, type LineItemSums } from "./line-item.ts";

/** As many as anybody reads on a phone. */
const lineItemsMax = 100;

const looseLength = 255;

/** Amounts are decimal text in the invoice's currency, as people read them. */
export interface InvoiceLine {
  readonly sku?: string;
  readonly description?: string;
  readonly url?: string;
  readonly quantity?: string;
  readonly unitCost?: string;
  readonly discount?: string;
  readonly tax?: string;
  readonly taxRate?: string;
  readonly total: string;
}

/** What an invoice shows; sums of nothing are absent. */
export interface InvoiceContent {
  readonly lines: readonly InvoiceLine[];
  readonly subtotal?: string;
  readonly discount?: string;
  readonly tax?: string;
  readonly shipping?: string;
  readonly extraCharges?: string;
  readonly extraDiscount?: string;
  readonly total: string;
}

/** The `invoice` object as it is understood (protocol.md 2.5). */
export interface InvoiceObject {
  readonly content: InvoiceContent;
  readonly language: "en" | "ar" | undefined;
  readonly activatesAt: Date | undefined;
  readonly dueAt: Date | undefined;
  readonly expiresAt: Date | undefined;
}

const decimal = optional(
  z
    .unknown()
    .transform((given, context): Millionths => {
      const reading = readDecimal(given);
      if (reading.ok) return reading.value;
      context.addIssue({ code: "custom", message: reading.rule });
      return z.NEVER;
    })
    .meta({ type: "number" }),
);

const webAddress = text(looseLength).refine(
  (url) => /^https?:\/\/[^\s]+$/i.test(url) && URL.canParse(url),
  "must be a URL that begins with https:// or http://",
);

const dateRule = "must be a date and time with an offset, such as 2026-01-27T13:33:00+04:00";

/** ISO 8601 with an offset, at the second or the minute. */
export const moment = optional(
  z.iso.datetime({ offset: true, error: dateRule }).transform((given) => new Date(given)),
);

const lineItem = z.object(
  {
    sku: optional(text(looseLength)),
    description: optional(text(looseLength)),
    url: optional(webAddress),
    unit_cost: decimal,
    quantity: decimal,
    net_total: decimal,
    discount_rate: decimal,
    discount_amount: decimal,
    tax_rate: decimal,
    tax_total: decimal,
    total: decimal,
  },
  "must be an object",
);

const countRule = `must be a list of 1 to ${lineItemsMax} items`;

export const invoiceObjectSchema = z.object(
  {
    lang: optional(z.string("must be text")),
    shipping_charges: decimal,
    extra_charges: decimal,
    extra_discount: decimal,
    total: decimal,
    activation_date: moment,
    due_date: moment,
    expiry_date: moment,
    disable_edit: optional(flag()),
    line_items: z.array(lineItem, countRule).min(1, countRule).max(lineItemsMax, countRule),
  },
  { error: (issue) => (issue.input === undefined ? "is required" : "must be an object") },
);

/**
 * Reads the `invoice` object and checks by arithmetic that it adds up to the amount that is charged.
 *
 * @throws ApiError INVALID_FIELD, naming the first member that is faulty or does not add up
 */
export function readInvoiceObject(given: unknown, amount: Money): InvoiceObject {
  const reading = invoiceObjectSchema.safeParse(given ?? undefined);
  if (!reading.success) {
    const [issue] = reading.error.issues;
    throw invalid(["invoice", ...(issue?.path ?? [])].join("."), issue?.message ?? "is invalid");
  }
  const invoice = reading.data;
  const { activation_date: activatesAt, due_date: dueAt, expiry_date: expiresAt } = invoice;
  if (activatesAt !== undefined && expiresAt !== undefined && expiresAt <= activatesAt) {
    throw invalid("invoice.expiry_date", "must be after activation_date");
  }
  const language = invoice.lang?.toLowerCase();
  return {
    content: contentOf(invoice, amount),
    language: language === "en" || language === "ar" ? language : undefined,
    activatesAt,
    dueAt,
    expiresAt,
  };
}

function invalid(field: string, rule: string): ApiError {
  return new ApiError("INVALID_FIELD", { field, rule });
}

type Sent = z.output<typeof invoiceObjectSchema>;
type SentLine = z.output<typeof lineItem>;

function contentOf(invoice: Sent, { currency, minor: charged }: Money): InvoiceContent {
  const minor = (field: string, value: Millionths | undefined) =>
    value === undefined ? undefined : minorOf(`invoice.${field}`, value, currency);
  const lines = invoice.line_items.map((line, index) => lineOf(line, index, currency));
  const add = (pick: (sums: LineItemSums) => bigint) =>
    lines.reduce((sum, { sums }) => sum + pick(sums), 0n);
  const shipping = minor("shipping_charges", invoice.shipping_charges) ?? 0n;
  const extraCharges = minor("extra_charges", invoice.extra_charges) ?? 0n;
  const extraDiscount = minor("extra_discount", invoice.extra_discount) ?? 0n;
  const before = add(({ total }) => total) + shipping + extraCharges;
  const shown = (value: bigint) => minorText(value, currency);
  if (extraDiscount > before) {
    throw invalid("invoice.extra_discount", `must be at most ${shown(before)}`);
  }
  const total = before - extraDiscount;
  const sent = minor("total", invoice.total);
  // Published samples send a total of 0 beside items that cost something.
  if (sent !== undefined && sent !== 0n && sent !== total) {
    throw invalid(
      "invoice.total",
      `must be ${shown(total)}, the sum of its line items and charges`,
    );
  }
  if (charged !== total) {
    throw invalid("cart_amount", `must be ${shown(total)}, the total of the invoice's line items`);
  }
  const unlessNone = <Name extends string>(name: Name, value: bigint) =>
    (value === 0n ? {} : { [name]: shown(value) }) as Partial<Record<Name, string>>;
  const discount = add((sums) => sums.discount);
  const tax = add((sums) => sums.tax);
  const plain = [discount, tax, shipping, extraCharges, extraDiscount].every((sum) => sum === 0n);
  return {
    lines: lines.map(({ line }) => line),
    // Where nothing is added or taken away, it would only repeat the total.
    ...(plain
      ? {}
      : unlessNone(
          "subtotal",
          add(({ net }) => net),
        )),
    ...unlessNone("discount", discount),
    ...unlessNone("tax", tax),
    ...unlessNone("shipping", shipping),
    ...unlessNone("extraCharges", extraCharges),
    ...unlessNone("extraDiscount", extraDiscount),
    total: shown(total),
  };
}

function lineOf(
  sent: SentLine,
  index: number,
  currency: Currency,
): { readonly line: InvoiceLine; readonly sums: LineItemSums } {
  const path = (member: string) => `invoice.line_items.${index}.${member}`;
  const minor = (member: "net_total" | "discount_amount" | "tax_total" | "total") => {
    const value = sent[member];
    return value === undefined ? undefined : minorOf(path(member), value, currency);
  };
  const amounts: LineItemAmounts = {
    unitCost: sent.unit_cost,
    quantity: sent.quantity,
    netTotal: minor("net_total"),
    discountRate: sent.discount_rate,
    discountAmount: minor("discount_amount"),
    taxRate: sent.tax_rate,
    taxTotal: minor("tax_total"),
    total: minor("total"),
  };
  const reading = checkLineItem(amounts, currency);
  if (!reading.ok) throw invalid(path(reading.member), reading.rule);
  const { sums } = reading;
  return { line: shownLine(sent, sums, currency), sums };
}

function shownLine(sent: SentLine, sums: LineItemSums, currency: Currency): InvoiceLine {
  const { sku, description, url, quantity, unit_cost: unitCost, tax_rate: taxRate } = sent;
  return {
    ...(sku === undefined ? {} : { sku }),
    ...(description === undefined ? {} : { description }),
    ...(url === undefined ? {} : { url }),
    ...(quantity === undefined ? {} : { quantity: decimalText(quantity) }),
    ...(unitCost === undefined ? {} : { unitCost: unitCostText(unitCost, currency) }),
    ...(sums.discount === 0n ? {} : { discount: minorText(sums.discount, currency) }),
    ...(sums.tax === 0n ? {} : { tax: minorText(sums.tax, currency) }),
    ...(taxRate === undefined || taxRate === 0n ? {} : { taxRate: decimalText(taxRate) }),
    total: minorText(sums.total, currency),
  };
}

function minorOf(field: string, value: Millionths, currency: Currency): bigint {
  const unit = minorUnit(currency);
  if (value % unit !== 0n) throw invalid(field, "has more decimals than the currency");
  return value / unit;
}

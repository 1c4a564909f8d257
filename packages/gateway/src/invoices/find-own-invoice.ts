import type { Pool } from "pg";
import { ApiError } from "../errors.ts";
import { JsonNumber } from "../http/json-body.ts";
import type { ApiBody } from "../http/merchant-api.ts";
import type { Profile } from "../profiles/profile.ts";
import { readNumber } from "./addresses.ts";
import type { Invoice } from "./invoice.ts";
import { findInvoice } from "./invoices-store.ts";

/**
 * The merchant's own invoice of this number.
 *
 * @throws ApiError INVOICE_NOT_FOUND, for another profile's as well
 */
export async function findOwnInvoice(pool: Pool, profile: Profile, id: string): Promise<Invoice> {
  const invoiceId = readNumber(id);
  const { profileId } = profile;
  const found =
    invoiceId === undefined ? undefined : await findInvoice(pool, { profileId, invoiceId });
  if (found === undefined) throw new ApiError("INVOICE_NOT_FOUND");
  return found;
}

/**
 * `invoice_id` of a body, as a number or its digits.
 *
 * @throws ApiError INVALID_FIELD when it is missing or something else
 */
export function invoiceIdOf(body: ApiBody): string {
  const given = body["invoice_id"];
  const text = given instanceof JsonNumber ? given.source : given;
  if (typeof text === "string" && /^\d{1,20}$/.test(text)) return text;
  const missing = text === undefined || text === null || text === "";
  const rule = missing ? "is required" : "must be a whole number";
  throw new ApiError("INVALID_FIELD", { field: "invoice_id", rule });
}

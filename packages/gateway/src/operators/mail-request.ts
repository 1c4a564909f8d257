import { type StatusLetter, statuses } from "@wasl/protocol";
import { z } from "zod";
import type { ApiBody } from "../http/merchant-api.ts";
import { isMailAddress, mailAddressRule } from "../mail-address.ts";
import { word } from "../payment-requests/fields.ts";
import type { MailSettings } from "../profiles/mail-settings.ts";
import { firstFault } from "./first-fault.ts";

const letters = Object.keys(statuses) as [StatusLetter, ...StatusLetter[]];
const lettersRule = `must be null or a list of some of ${letters.join(", ")}`;

const statusList = z
  .array(z.enum(letters, lettersRule), lettersRule)
  .min(1, lettersRule)
  .nullish()
  .transform((some) => some ?? null);

export const mailAddress = z.string(mailAddressRule).refine(isMailAddress, mailAddressRule);

const objectRule = "must be null or an object";

const schema = z.strictObject({
  merchant: z
    .strictObject({ address: mailAddress, statuses: statusList }, objectRule)
    .nullish()
    .transform((merchant) => merchant ?? null),
  shopper: z
    .strictObject({ statuses: statusList }, objectRule)
    .nullish()
    .transform((shopper) => shopper ?? null),
  language: word(["en", "ar"]).optional(),
});

/**
 * Reads who is to get e-mails about a profile's transactions.
 *
 * @throws ApiError INVALID_FIELD
 * @example readMailSettings({ merchant: { address: "orders@shop.example" }, shopper: null })
 */
export function readMailSettings(body: ApiBody): MailSettings {
  const reading = schema.safeParse(body);
  if (!reading.success) throw firstFault(reading.error);
  const { merchant, shopper, language } = reading.data;
  return { merchant, shopper, language: language ?? "en" };
}

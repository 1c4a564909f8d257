import { alpha2Country, countryCodes } from "@wasl/protocol";
import { typedDigits } from "../http/typed-digits.ts";
import type { ContactDetails } from "../responses/facts.ts";
import type { PageOptions } from "../transactions/page-options.ts";
import type { ContactFieldName, FieldName, ShippingFieldName, ShippingView } from "./views.ts";

/** What a page asks of the shopper when the shop did not send it (protocol.md 2.2). */
export const billingFields = [
  "name",
  "email",
  "phone",
  "street1",
  "city",
  "state",
  "country",
  "zip",
] as const satisfies readonly ContactFieldName[];

/** Nobody sends a parcel to an e-mail address. */
export const shippingFields = [
  "name",
  "phone",
  "street1",
  "city",
  "state",
  "country",
  "zip",
] as const satisfies readonly ContactFieldName[];

/** What the wire takes (protocol.md 2.5). */
const lengthMax = 255;

/** Countries without postal codes, as the Universal Postal Union lists them. */
const withoutPostalCodes = new Set(
  (
    "AE AG AO AW BF BI BJ BO BS BW BZ CD CF CG CI CK CM DJ DM ER FJ GA GD GH GM GQ GY HK KI KM KN " +
    "LY ML MO MR MW NR NU QA RW SB SC SL SR ST SY TD TG TK TO TV UG VU YE ZW"
  ).split(" "),
);

type Typed = Readonly<Record<string, string | undefined>>;

/** What is wrong with one member of contact details, if anything is. */
export function contactFault(
  field: ContactFieldName,
  contact: ContactDetails,
): "missing" | "invalid" | undefined {
  const value = contact[field]?.trim() ?? "";
  if (value === "") return field === "zip" && hasNoPostalCode(contact) ? undefined : "missing";
  if (Array.from(value).length > lengthMax) return "invalid";
  return rules[field](value) ? undefined : "invalid";
}

/** What is wrong with a field as it stands in the form, whoever wrote it. */
export function writtenFault(
  field: ContactFieldName,
  nameOf: (field: ContactFieldName) => FieldName,
  written: Typed,
): "missing" | "invalid" | undefined {
  const { errors } = readContact({}, billingFields, nameOf, written);
  return errors.find((error) => error.field === nameOf(field))?.kind;
}

function hasNoPostalCode({ country }: ContactDetails): boolean {
  return country !== undefined && withoutPostalCodes.has(alpha2Country(country));
}

const someLetter = /[\p{L}\p{N}]/u;

const rules: Readonly<Record<ContactFieldName, (value: string) => boolean>> = {
  name: (value) => someLetter.test(value),
  email: (value) => /^[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+$/.test(value),
  phone: (value) => /^\+?[\d\s().-]{5,24}$/.test(value) && /(?:\d\D*){5,20}/.test(value),
  street1: (value) => someLetter.test(value),
  city: (value) => someLetter.test(value),
  state: (value) => someLetter.test(value),
  country: (value) => countryCodes.includes(alpha2Country(value)),
  zip: (value) => /^[\p{L}\p{N}][\p{L}\p{N} -]{0,15}$/u.test(value),
};

/** The members a page has to ask for. */
export function askedFields<Name extends ContactFieldName>(
  contact: ContactDetails,
  fields: readonly Name[],
): Name[] {
  return fields.filter((field) => contactFault(field, contact) !== undefined);
}

/**
 * What the page asks of where to deliver: nothing when the shop hides it or knows it all; what is
 * missing when it knows a part; a whole address, if the shopper wants another one, otherwise.
 */
export function shippingView(
  { hideShipping }: Pick<PageOptions, "hideShipping">,
  shipping: ContactDetails | undefined,
): Pick<ShippingView, "fields" | "optional"> | null {
  if (hideShipping === true) return null;
  if (shipping === undefined) return { fields: shippingFields, optional: true };
  const fields = askedFields(shipping, shippingFields);
  return fields.length === 0 ? null : { fields, optional: false };
}

export interface ContactReading<Name extends string> {
  readonly contact: ContactDetails;
  readonly errors: readonly {
    readonly field: Name;
    readonly kind: "missing" | "invalid";
  }[];
}

/** The billing details with what was typed, and every mistake in it. */
export function readBilling(known: ContactDetails, typed: Typed): ContactReading<ContactFieldName> {
  return readContact(known, askedFields(known, billingFields), (field) => field, typed);
}

/** The same of the delivery address; `undefined` when it is the billing one. */
export function readShipping(
  view: Pick<ShippingView, "fields" | "optional"> | null,
  known: ContactDetails | undefined,
  typed: Typed,
): ContactReading<ShippingFieldName> | undefined {
  if (view === null) return known && { contact: known, errors: [] };
  const nothing = view.fields.every((field) => (typed[shippingName(field)] ?? "") === "");
  if (view.optional && nothing) return undefined;
  return readContact(known ?? {}, view.fields, shippingName, typed);
}

/** How a field of the delivery address is called in the form. */
export function shippingName(field: ContactFieldName): ShippingFieldName {
  return `shipping_${field}`;
}

function readContact<Name extends string>(
  known: ContactDetails,
  asked: readonly ContactFieldName[],
  nameOf: (field: ContactFieldName) => Name,
  typed: Typed,
): ContactReading<Name> {
  const members: Partial<Record<keyof ContactDetails, string>> = { ...known };
  for (const field of asked) {
    const value = typed[nameOf(field)] ?? "";
    const written = field === "phone" || field === "zip" ? typedDigits(value) : value;
    if (written === "") delete members[field];
    else members[field] = written;
  }
  const errors = asked.flatMap((field) => {
    const kind = contactFault(field, members);
    return kind === undefined ? [] : [{ field: nameOf(field), kind }];
  });
  return { contact: members, errors };
}

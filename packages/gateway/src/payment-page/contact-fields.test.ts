import { expect, test } from "vitest";
import {
  askedFields,
  billingFields,
  contactFault,
  readBilling,
  readShipping,
  shippingFields,
  shippingView,
} from "./contact-fields.ts";

const whole = {
  name: "سارة علي",
  email: "sara@example.com",
  phone: "+966 50 000 0001",
  street1: "King Rd 1",
  city: "Riyadh",
  state: "01",
  country: "KSA",
  zip: "12345",
};

test("whole details are not asked for", () => {
  expect(askedFields(whole, billingFields)).toEqual([]);
});

test.each([
  ["name", ""],
  ["name", "…"],
  ["email", "sara@example"],
  ["email", "nobody"],
  ["phone", "call me"],
  ["phone", "12"],
  ["street1", " "],
  ["city", "-"],
  ["country", "Atlantis"],
  ["zip", ""],
  ["zip", "x".repeat(40)],
  ["state", "x".repeat(300)],
] as const)("%s of %j is asked for", (field, value) => {
  expect(askedFields({ ...whole, [field]: value }, billingFields)).toEqual([field]);
});

test("a country without postal codes needs none", () => {
  const { zip: _, ...without } = whole;
  expect(contactFault("zip", { ...without, country: "ARE" })).toBeUndefined();
  expect(contactFault("zip", without)).toBe("missing");
});

test("what is typed joins what is known; digits of any keyboard are digits", () => {
  const { phone: _phone, zip: _zip, ...known } = whole;
  const reading = readBilling(known, {
    phone: "+٩٦٦٥٠٠٠٠٠٠٠١",
    zip: "١٢٣٤٥",
    name: "somebody else",
  });
  expect(reading).toEqual({
    contact: { ...known, phone: "+966500000001", zip: "12345" },
    errors: [],
  });
});

test("every mistake is named", () => {
  expect(readBilling({ ...whole, email: "x", city: "" }, { email: "y" }).errors).toEqual([
    { field: "email", kind: "invalid" },
    { field: "city", kind: "missing" },
  ]);
});

test("where to deliver is asked when it is known in part, and may be given when it is not", () => {
  expect(shippingView({ hideShipping: true }, { name: "Sara" })).toBeNull();
  expect(shippingView({}, whole)).toBeNull();
  expect(shippingView({}, undefined)).toEqual({ fields: shippingFields, optional: true });
  const { city: _, ...part } = whole;
  const view = shippingView({}, part);
  expect(view).toEqual({ fields: ["city"], optional: false });
  expect(readShipping(view, part, { shipping_city: "Jeddah" })?.contact.city).toBe("Jeddah");
  expect(readShipping(view, part, {})?.errors).toEqual([
    { field: "shipping_city", kind: "missing" },
  ]);
});

test("an empty second address is no address, a half one has mistakes", () => {
  const view = shippingView({}, undefined);
  expect(readShipping(view, undefined, { shipping_city: "" })).toBeUndefined();
  expect(readShipping(view, undefined, { shipping_city: "Jeddah" })?.errors).toHaveLength(6);
});

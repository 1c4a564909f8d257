import { ApiError } from "../errors.ts";
import { readJsonObject } from "../http/json-body.ts";
import type { ApiBody } from "../http/merchant-api.ts";

/** Where a response goes: the built-in inbox, an address of the newcomer's own, or nowhere. */
export type Destination = "inbox" | "own" | "off";

/** The form as it was filled in, kept so that a mistake costs nothing. */
export interface PaymentForm {
  readonly amount: string;
  readonly currency: string;
  readonly cartId: string;
  readonly description: string;
  readonly language: string;
  readonly returnTo: Destination;
  readonly returnUrl: string;
  readonly callbackTo: Destination;
  readonly callbackUrl: string;
}

export type FormField = Exclude<keyof PaymentForm, "returnTo" | "callbackTo">;

export interface FormError {
  readonly field: FormField | "form";
  readonly message: string;
}

export interface FormAddresses {
  readonly return: string;
  readonly callback: string;
}

/** Reads the posted form; what is missing or strange becomes the default. */
export function readPaymentForm(posted: Readonly<Record<string, unknown>>): PaymentForm {
  const text = (name: string): string => {
    const value = posted[name];
    return typeof value === "string" ? value.trim() : "";
  };
  const destination = (name: string): Destination => {
    const value = posted[name];
    return value === "own" || value === "off" ? value : "inbox";
  };
  return {
    amount: text("amount"),
    currency: text("currency"),
    cartId: text("cart_id"),
    description: text("description"),
    language: text("language"),
    returnTo: destination("return_to"),
    returnUrl: text("return_url"),
    callbackTo: destination("callback_to"),
    callbackUrl: text("callback_url"),
  };
}

/** The form of a first visit. */
export function newPaymentForm(currency: string, cartNumber: string): PaymentForm {
  return {
    amount: "115.00",
    currency,
    cartId: `demo-${cartNumber}`,
    description: "Test order",
    language: "",
    returnTo: "inbox",
    returnUrl: "",
    callbackTo: "inbox",
    callbackUrl: "",
  };
}

/** A mistake that can be seen without the gateway: an own address that was not typed. */
export function missingAddress(form: PaymentForm): FormError | undefined {
  const rule = "Type your address here, or choose another way.";
  if (form.returnTo === "own" && form.returnUrl === "")
    return { field: "returnUrl", message: rule };
  if (form.callbackTo !== "own" || form.callbackUrl !== "") return undefined;
  return { field: "callbackUrl", message: rule };
}

/** Nobody's details, so that the page asks for the card alone. */
const sampleCustomer = {
  name: "Test Shopper",
  email: "shopper@example.com",
  phone: "+966500000000",
  street1: "King Fahd Road 1",
  city: "Riyadh",
  state: "Riyadh",
  country: "SA",
  zip: "12211",
} as const;

/** The members of `/payment/request` that the form stands for, in the order people read them. */
export function requestMembers(form: PaymentForm, inbox: FormAddresses): Record<string, unknown> {
  const members = {
    tran_type: "sale",
    tran_class: "ecom",
    cart_id: form.cartId,
    cart_description: form.description,
    cart_currency: form.currency,
    cart_amount: form.amount,
    paypage_lang: form.language,
    return: addressFor(form.returnTo, form.returnUrl, inbox.return),
    callback: addressFor(form.callbackTo, form.callbackUrl, inbox.callback),
    customer_details: sampleCustomer,
    hide_shipping: true,
  };
  const optional = new Set(["paypage_lang", "return", "callback"]);
  return Object.fromEntries(
    Object.entries(members).filter(([name, value]) => value !== "" || !optional.has(name)),
  );
}

function addressFor(to: Destination, own: string, builtIn: string): string {
  if (to === "inbox") return builtIn;
  return to === "own" ? own : "";
}

/**
 * The members as the body of an API call, through the same reader, so that the form can do what a
 * shop's server can and nothing more.
 *
 * @throws ApiError INVALID_FIELD for text that cannot be kept
 */
export function asApiBody(members: Readonly<Record<string, unknown>>): ApiBody {
  const reading = readJsonObject(Buffer.from(JSON.stringify(members)));
  if (reading.ok) return reading.value;
  throw new ApiError("INVALID_FIELD", {
    field: "field" in reading ? reading.field : "",
    rule: reading.rule,
  });
}

const fieldOfMember: Readonly<Record<string, readonly [FormField, label: string]>> = {
  cart_id: ["cartId", "The cart id"],
  cart_description: ["description", "The description"],
  cart_currency: ["currency", "The currency"],
  cart_amount: ["amount", "The amount"],
  paypage_lang: ["language", "The language"],
  return: ["returnUrl", "The return address"],
  callback: ["callbackUrl", "The callback address"],
};

/** An API error as the form shows it: at its field, in the form's words. */
export function formErrorOf(error: ApiError, form: PaymentForm): FormError {
  const parts = /^[^:]+: (\w+) (.+)$/s.exec(error.message);
  const known = fieldOfMember[parts?.[1] ?? ""];
  if (known === undefined) return { field: "form", message: error.message };
  const [field, label] = known;
  if (isBuiltIn(field, form)) {
    const way = "The built-in inbox breaks this rule: choose your own address, or Off.";
    return { field: "form", message: `${error.message}. ${way}` };
  }
  return { field, message: `${label} ${parts?.[2] ?? ""}.`.replace(/\.\.$/, ".") };
}

/** A strict sandbox may refuse the inbox's own address, which has no field to show that at. */
function isBuiltIn(field: FormField, { returnTo, callbackTo }: PaymentForm): boolean {
  return (
    (field === "returnUrl" && returnTo === "inbox") ||
    (field === "callbackUrl" && callbackTo === "inbox")
  );
}

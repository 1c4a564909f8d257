import { findPaymentMethod } from "@wasl/protocol";
import { providerMethods } from "./provider-methods.ts";

/** A method of payment this gateway can carry out, by its code in `payment_methods`. */
export type OfferedMethod = CardMethod | BillMethod | ProviderMethod;

/** Typed into the card form, by its brands. */
export interface CardMethod {
  readonly kind: "card";
  readonly code: string;
  readonly brands: readonly string[];
}

/** What is not typed into the card form: a button, which posts to `…/method/<code>` of the page. */
export interface ButtonMethod {
  readonly code: string;
  /** What the button says. */
  readonly names: Readonly<Record<"en" | "ar", string>>;
  /** Its `payment_method` in responses; no two methods have the same. */
  readonly wireName: string;
}

/** Paid later, elsewhere, by the number of a bill. */
export interface BillMethod extends ButtonMethod {
  readonly kind: "bill";
}

/** Paid at once, on a page of the method's own provider. */
export interface ProviderMethod extends ButtonMethod {
  readonly kind: "provider";
}

/**
 * What can be paid with here, in the order pages show it. A new method is an entry here; what PT2
 * says of it stands in the protocol's `paymentMethods`. A card of one method is not a card of
 * another: a page for `creditcard` alone takes no mada, as PT2's plugins ask for both by name.
 */
export const offeredMethods: readonly OfferedMethod[] = [
  { kind: "card", code: "mada", brands: ["mada"] },
  { kind: "card", code: "creditcard", brands: ["Visa", "MasterCard"] },
  { kind: "card", code: "amex", brands: ["AmericanExpress"] },
  ...providerMethods.map((method) => ({ kind: "provider" as const, ...method })),
  { kind: "bill", code: "sadad", names: { en: "SADAD", ar: "سداد" }, wireName: "SADAD" },
  { kind: "bill", code: "fawry", names: { en: "Fawry", ar: "فوري" }, wireName: "Fawry" },
  { kind: "bill", code: "aman", names: { en: "Aman", ar: "أمان" }, wireName: "Aman" },
  { kind: "bill", code: "basata", names: { en: "Basata", ar: "بساطة" }, wireName: "Basata" },
];

/** The method of this code that is paid by a bill. */
export function billMethod(code: string): BillMethod | undefined {
  const method = offeredMethod(code);
  return method?.kind === "bill" ? method : undefined;
}

/** The method of this code that is paid on its provider's page. */
export function providerMethod(code: string): ProviderMethod | undefined {
  const method = offeredMethod(code);
  return method?.kind === "provider" ? method : undefined;
}

export function offeredMethod(code: string): OfferedMethod | undefined {
  return offeredMethods.find((method) => method.code === code);
}

/** The method that responses call so, if it is one with a button. */
export function methodNamed(wireName: string): BillMethod | ProviderMethod | undefined {
  return offeredMethods.find(
    (method): method is BillMethod | ProviderMethod =>
      method.kind !== "card" && method.wireName === wireName,
  );
}

/**
 * Whether what was paid with the method that responses call so can be refunded (protocol.md 13.2).
 *
 * @example takesRefunds("Tabby") // false
 */
export function takesRefunds(wireName: string): boolean {
  const code = methodNamed(wireName)?.code;
  return code === undefined || findPaymentMethod(code)?.abilities.includes("refund") === true;
}

/** The code of the method that a card of this brand is paid with. */
export function methodOfBrand(brand: string): string | undefined {
  return offeredMethods.find((method) => method.kind === "card" && method.brands.includes(brand))
    ?.code;
}

/** The brands of the card form for these methods; all of them when none are named. */
export function brandsOf(codes: readonly string[] | undefined): ReadonlySet<string> {
  const methods = offeredMethods.filter(({ code }) => codes?.includes(code) ?? true);
  return new Set(methods.flatMap((method) => (method.kind === "card" ? method.brands : [])));
}

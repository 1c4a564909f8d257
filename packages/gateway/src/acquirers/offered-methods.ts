/** A method of payment this gateway can carry out, by its code in `payment_methods`. */
export type OfferedMethod =
  /** Typed into the card form, by its brands. */
  | { readonly code: string; readonly brands: readonly string[] }
  /**
   * Paid later, elsewhere, by the number of a bill: a button of this name, which posts to
   * `…/method/<code>` of the page; `wireName` is its `payment_method` in responses.
   */
  | BillMethod;

export interface BillMethod {
  readonly code: string;
  readonly names: Readonly<Record<"en" | "ar", string>>;
  readonly wireName: string;
}

/**
 * What can be paid with here, in the order pages show it. A new method is an entry here; what PT2
 * says of it stands in the protocol's `paymentMethods`. A card of one method is not a card of
 * another: a page for `creditcard` alone takes no mada, as PT2's plugins ask for both by name.
 */
export const offeredMethods: readonly OfferedMethod[] = [
  { code: "mada", brands: ["mada"] },
  { code: "creditcard", brands: ["Visa", "MasterCard"] },
  { code: "amex", brands: ["AmericanExpress"] },
  { code: "sadad", names: { en: "SADAD", ar: "سداد" }, wireName: "SADAD" },
  { code: "fawry", names: { en: "Fawry", ar: "فوري" }, wireName: "Fawry" },
  { code: "aman", names: { en: "Aman", ar: "أمان" }, wireName: "Aman" },
  { code: "basata", names: { en: "Basata", ar: "بساطة" }, wireName: "Basata" },
];

/** The method of this code that is paid by a bill. */
export function billMethod(code: string): BillMethod | undefined {
  return offeredMethods.find(
    (method): method is BillMethod => method.code === code && "names" in method,
  );
}

/** The brands of the card form for these methods; all of them when none are named. */
export function brandsOf(codes: readonly string[] | undefined): ReadonlySet<string> {
  const methods = offeredMethods.filter(({ code }) => codes?.includes(code) ?? true);
  return new Set(methods.flatMap((method) => ("brands" in method ? method.brands : [])));
}

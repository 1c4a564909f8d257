import type { Currency } from "./currencies.ts";

/** What a payment method can do beside a plain sale (protocol.md 13.2). */
export type MethodAbility = "auth" | "refund" | "token" | "framed" | "offline";

export interface PaymentMethod {
  /** As `payment_methods` writes it. */
  readonly code: string;
  /** Other names clients send for it. */
  readonly aliases: readonly string[];
  /** ISO 4217 codes; `undefined`: any currency. */
  readonly currencies: readonly string[] | undefined;
  readonly abilities: readonly MethodAbility[];
}

const abilityLetters: Readonly<Record<string, MethodAbility>> = {
  A: "auth",
  R: "refund",
  T: "token",
  F: "framed",
  L: "offline",
};

/** Code, currencies (`*` any), abilities by letter, aliases. Source: protocol.md 13.2. */
const table: readonly (readonly [string, string, string, ...string[]])[] = [
  ["creditcard", "*", "ARTF", "card"],
  ["applepay", "*", "ART", "apple"],
  ["amex", "AED SAR USD AZN TRY", "ARTF"],
  ["mada", "SAR", "ARTF"],
  ["omannet", "OMR", "RTF"],
  ["unionpay", "AED", "AR", "cup"],
  ["samsungpay", "AED SAR", "RT", "samsung"],
  ["stcpay", "SAR", "RF", "stc"],
  ["stcpayqr", "SAR", ""],
  ["urpay", "SAR", "RF"],
  ["sadad", "SAR", "FL"],
  ["tabby", "AED SAR", "F"],
  ["tamara", "AED SAR", "RF"],
  ["touchpoints", "AED", "F", "adcbtouchpoints"],
  ["paypal", "AED EGP USD EUR GBP HKD JPY", "R"],
  ["knet", "KWD USD", "R"],
  ["knetcredit", "KWD", "R"],
  ["knetdebit", "KWD", "R"],
  ["meeza", "EGP", "ARF"],
  ["meezaqr", "EGP", "RF", "qr"],
  ["valu", "EGP", "RF"],
  ["souhoola", "EGP", "RF"],
  ["tru", "EGP", "RF", "shahry"],
  ["amaninstallment", "EGP", "RF", "amaninstallments"],
  ["forsa", "EGP", "F"],
  ["halan", "EGP", "F"],
  ["installments", "EGP", "F", "installment"],
  ["aman", "EGP", "FL"],
  ["basata", "EGP", "FL"],
  ["fawry", "EGP", "RFL"],
  ["benefit", "BHD", ""],
];

/** Every method PT2 knows; which of them can be paid with is for the gateway to say. */
export const paymentMethods: readonly PaymentMethod[] = table.map(
  ([code, currencies, letters, ...aliases]) => ({
    code,
    aliases,
    currencies: currencies === "*" ? undefined : currencies.split(" "),
    abilities: Array.from(letters).flatMap((letter) => abilityLetters[letter] ?? []),
  }),
);

const methodsByName = new Map(
  paymentMethods.flatMap((method) =>
    [method.code, ...method.aliases].map((name) => [name, method] as const),
  ),
);

/**
 * The method a client names, in any letter case and by any of its names.
 *
 * @example findPaymentMethod("Card")?.code // "creditcard"
 */
export function findPaymentMethod(name: string): PaymentMethod | undefined {
  return methodsByName.get(name.trim().toLowerCase());
}

/**
 * Why a method cannot take a payment of this kind, as the end of a sentence; `undefined` if it can.
 *
 * @example methodObstacle(mada, { currency: usd, needs: [] }) // "takes SAR only"
 */
export function methodObstacle(
  method: PaymentMethod,
  payment: { readonly currency: Currency; readonly needs: readonly MethodAbility[] },
): string | undefined {
  if (method.currencies?.includes(payment.currency) === false) {
    return `takes ${method.currencies.join(", ")} only`;
  }
  const missing = payment.needs.find((need) => !method.abilities.includes(need));
  return missing === undefined ? undefined : obstacles[missing];
}

const obstacles: Readonly<Record<MethodAbility, string>> = {
  auth: "cannot authorise without capture",
  refund: "cannot refund",
  token: "cannot be tokenised",
  framed: "cannot be shown in a frame",
  offline: "is not paid offline",
};

/** What the words of `payment_methods` that stand for every method are. */
const everything = new Set(["all", "any"]);

export interface MethodWishes {
  /** Codes asked for, in the client's order; `undefined`: every method. */
  readonly wanted: readonly string[] | undefined;
  /** Codes asked for by name, beside `all` too. */
  readonly named: readonly string[];
  /** Codes excluded by `-x`. */
  readonly unwanted: readonly string[];
  /** Names no method has; a client of a later version may send them. */
  readonly unknown: readonly string[];
}

/**
 * Reads `payment_methods`: aliases become codes, `-x` excludes, `all` and `any` ask for everything,
 * and so does a list of exclusions alone. Source: protocol.md 1.4, 2.3.
 *
 * @example readMethodWishes(["all", "-tabby"]) // { wanted: undefined, unwanted: ["tabby"], … }
 */
export function readMethodWishes(names: readonly string[]): MethodWishes {
  const wanted = new Set<string>();
  const unwanted = new Set<string>();
  const unknown: string[] = [];
  let all = false;
  let asked = false;
  for (const name of names.map((given) => given.trim().toLowerCase())) {
    const excluded = name.startsWith("-");
    const plain = excluded ? name.slice(1) : name;
    const code = findPaymentMethod(plain)?.code;
    asked ||= !excluded;
    if (!excluded && everything.has(plain)) all = true;
    else if (code === undefined) unknown.push(plain);
    else (excluded ? unwanted : wanted).add(code);
  }
  const named = [...wanted];
  return { wanted: all || !asked ? undefined : named, named, unwanted: [...unwanted], unknown };
}

import type { ButtonMethod } from "./offered-methods.ts";

/** How long the shopper has on a provider's page, in minutes. */
export const providerMinutesMax = 15;

/**
 * Methods that are paid on their provider's page, in the order pages show them. Names as the brands
 * write them in each language; `wireName` is sourced for Tamara only (protocol.md 7.4), the others
 * follow it.
 */
export const providerMethods: readonly ButtonMethod[] = [
  method("applepay", "Apple Pay"),
  method("samsungpay", "Samsung Pay"),
  method("stcpay", "stc pay"),
  method("stcpayqr", "stc pay QR"),
  method("urpay", "urpay"),
  method("tabby", "Tabby", "تابي"),
  method("tamara", "Tamara", "تمارا"),
  method("paypal", "PayPal"),
  method("touchpoints", "TouchPoints"),
  method("unionpay", "UnionPay", "يونيون باي"),
  method("omannet", "OmanNet", "عُمان نت"),
  method("benefit", "BENEFIT", "بنفت"),
  method("knet", "KNET", "كي نت"),
  method("knetcredit", "KNET Credit", "كي نت ائتمان"),
  method("knetdebit", "KNET Debit", "كي نت خصم"),
  method("meeza", "Meeza", "ميزة"),
  method("meezaqr", "Meeza QR", "ميزة QR"),
  method("valu", "valU", "ڤاليو"),
  method("souhoola", "Souhoola", "سهولة"),
  method("tru", "TRU", "ترو"),
  method("amaninstallment", "Aman Instalments", "تقسيط أمان"),
  method("forsa", "Forsa", "فرصة"),
  method("halan", "Halan", "حالا"),
  method("installments", "Bank instalments", "تقسيط بنكي"),
];

/** A brand that has no Arabic name of its own is written as it is. */
function method(code: string, name: string, arabic: string = name): ButtonMethod {
  return { code, names: { en: name, ar: arabic }, wireName: name };
}

import type { Outcome } from "./facts.ts";

/** `payment_info` of callback, IPN and query (protocol.md 7.4). */
export function wirePaymentInfo(
  paid: Pick<Outcome, "card" | "method"> | undefined,
): Record<string, string | number> {
  const { card, method } = paid ?? {};
  if (card === undefined && method !== undefined) {
    const { name, description } = method;
    return { payment_method: name, card_scheme: "", payment_description: description };
  }
  if (card === undefined) return { card_scheme: "", payment_description: "No Payment" };
  return {
    payment_method: card.method,
    card_type: card.type,
    card_scheme: card.scheme,
    payment_description: card.description,
    expiryMonth: card.expiryMonth,
    expiryYear: card.expiryYear,
    ...(card.issuerCountry === undefined ? {} : { issuerCountry: card.issuerCountry }),
    ...(card.issuerName === undefined ? {} : { issuerName: card.issuerName }),
  };
}

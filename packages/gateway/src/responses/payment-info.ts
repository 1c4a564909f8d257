import type { CardFacts } from "../acquirers/acquirer.ts";

/** `payment_info` of callback, IPN and query (protocol.md 7.4). */
export function wirePaymentInfo(card: CardFacts | undefined): Record<string, string | number> {
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

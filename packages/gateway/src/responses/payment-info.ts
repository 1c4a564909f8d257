import type { CardFacts } from "../acquirers/acquirer.ts";
import type { MethodFacts } from "./facts.ts";

/** `payment_info` of callback, IPN and query (protocol.md 7.4). */
export function wirePaymentInfo(
  card: CardFacts | undefined,
  method?: MethodFacts,
): Record<string, string | number> {
  if (method !== undefined) {
    return {
      payment_method: method.name,
      card_scheme: "",
      payment_description: method.description,
    };
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

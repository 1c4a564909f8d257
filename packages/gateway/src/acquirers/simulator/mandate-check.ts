import { parseAmount } from "@wasl/protocol";
import type { AuthorisationRequest } from "../acquirer.ts";

/**
 * Whether a charge without the shopper is more than the shopper agreed to, as an issuer sees it. A
 * limit says nothing of another currency: where there is one, such a charge was not agreed to.
 */
export function breaksMandate({ initiation, amount, mandate }: AuthorisationRequest): boolean {
  if (initiation !== "recurring" || mandate === undefined) return false;
  if (mandate.currency !== amount.currency) {
    return mandate.amountMax !== undefined || mandate.amountMin !== undefined;
  }
  const limit = (text: string | undefined): bigint | undefined => {
    const reading = parseAmount(text ?? "", amount.currency);
    return reading.ok ? reading.money.minor : undefined;
  };
  const max = limit(mandate.amountMax);
  const min = limit(mandate.amountMin);
  return (max !== undefined && amount.minor > max) || (min !== undefined && amount.minor < min);
}

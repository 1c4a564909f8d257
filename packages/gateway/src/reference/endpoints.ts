import type { Endpoint } from "./endpoint.ts";
import { invoiceEndpoints } from "./invoice-endpoints.ts";
import { paymentEndpoints } from "./payment-endpoints.ts";
import { tokenEndpoints } from "./token-endpoints.ts";

export const endpoints: readonly Endpoint[] = [
  ...paymentEndpoints,
  ...tokenEndpoints,
  ...invoiceEndpoints,
];

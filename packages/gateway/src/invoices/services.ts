import type { PageServices } from "../payment-page/services.ts";
import type { RateLimiter } from "../payment-requests/rate-limit.ts";

/** What invoices and payment links work with. */
export interface InvoiceServices extends PageServices {
  readonly rateLimiter: RateLimiter;
}

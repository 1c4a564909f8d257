import type { PageServices } from "../payment-page/services.ts";

/** What invoices and payment links work with. */
export type InvoiceServices = PageServices;

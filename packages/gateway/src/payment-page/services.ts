import type { AssetUrls } from "../http/look/document.ts";
import type { AlternativeRates } from "../config.ts";
import type { TransactionServices } from "../transactions/services.ts";

/** What the shopper's pages work with. */
export interface PageServices extends TransactionServices {
  readonly assets: AssetUrls;
  /** The gateway's own address as browsers reach it, without a slash at the end. */
  readonly publicUrl: () => string;
  /** How long the shopper waits at most for the Callback's first attempt, in ms. */
  readonly callbackHeadStartMs: number;
  /** For pages that show the amount in another currency too. */
  readonly alternativeRates: AlternativeRates;
}

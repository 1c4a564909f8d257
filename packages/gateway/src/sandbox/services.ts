import type { ApiLog } from "../api-log/api-log.ts";
import type { PageServices } from "../payment-page/services.ts";

/** What the sandbox's own pages work with. */
export interface SandboxServices extends PageServices {
  /** The sandbox's one profile. */
  readonly profileId: number;
  readonly apiLog: ApiLog;
}

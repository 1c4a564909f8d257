import type { Logger } from "pino";
import type { Pool } from "pg";
import type { Acquirer } from "../acquirers/acquirer.ts";
import type { Clock } from "../clock.ts";
import type { Outbox } from "../deliveries/dispatcher.ts";
import type { ProfileDirectory } from "../profiles/directory.ts";
import type { Vault } from "../vault/vault.ts";

/** What the actions of this folder work with. */
export interface TransactionServices {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly log: Logger;
  readonly profiles: ProfileDirectory;
  readonly acquirer: Acquirer;
  readonly outbox: Outbox;
  readonly vault: Vault;
  /** Is told how long the statement took that wrote an outcome, in ms: metrics. */
  readonly outcomeWritten?: (ms: number) => void;
  /** Rules of live gateways apply to the sandbox too. */
  readonly strict: boolean;
}

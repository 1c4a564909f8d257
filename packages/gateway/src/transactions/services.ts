import type { Logger } from "pino";
import type { Pool } from "pg";
import type { Acquirer } from "../acquirers/acquirer.ts";
import type { Clock } from "../clock.ts";
import type { Outbox } from "../deliveries/dispatcher.ts";
import type { MailOutbox } from "../mail/outbox.ts";
import type { ProfileDirectory } from "../profiles/directory.ts";
import type { TransactionFacts } from "../responses/facts.ts";
import type { OutcomeCompanion } from "./outcome-store.ts";
import type { Vault } from "../vault/vault.ts";

/** What the actions of this folder work with. */
export interface TransactionServices {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly log: Logger;
  readonly profiles: ProfileDirectory;
  readonly acquirer: Acquirer;
  readonly outbox: Outbox;
  readonly mail: MailOutbox;
  readonly vault: Vault;
  /** Is told how long the statement took that wrote an outcome, in ms: metrics. */
  readonly outcomeWritten?: (ms: number) => void;
  /** What else is settled by the outcome of such a payment, to be written with it. */
  readonly companionOf?: (facts: TransactionFacts) => OutcomeCompanion | undefined;
  /** Rules of live gateways apply to the sandbox too. */
  readonly strict: boolean;
}

import { setTimeout as wait } from "node:timers/promises";
import type { Pool } from "pg";
import type { Logger } from "pino";
import type { VaultKey } from "../config.ts";
import { type CardOwner, openCard, sealCard, type SealedCard, type VaultCard } from "./envelope.ts";
import { VaultError } from "./envelope.ts";
import { Rotation } from "./rotation.ts";
import { findSealedCard } from "./vault-store.ts";

/** How often a node says which keys it has, and looks for cards to wrap anew, in ms. */
const turnEveryMs = 15_000;

export interface VaultOptions {
  readonly pool: Pool;
  readonly log: Pick<Logger, "info" | "warn" | "error">;
  /** Unique to the process. */
  readonly nodeId: string;
  /** The first seals, all open; `undefined`: no card can be stored or read here. */
  readonly keys: readonly VaultKey[] | undefined;
}

/** Where cards are kept between payments, and the only place. */
export interface Vault {
  /** Whether cards can be kept here at all. */
  readonly ready: boolean;
  /**
   * Seals a card; whoever starts the payment writes it (`keepCardCte`).
   *
   * @throws VaultError `no_keys`
   */
  seal(owner: CardOwner, card: VaultCard): SealedCard;
  /**
   * Opens a stored card; `undefined` when it was deleted.
   *
   * @throws VaultError `no_keys`, `key_missing`, `damaged`
   */
  open(owner: CardOwner): Promise<VaultCard | undefined>;
  /** Meets the other nodes, before the first card is sealed here, and begins the rotation. */
  start(): Promise<void>;
  /** One round of the rotation, which also goes by itself once started. */
  turn(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * @example
 * const vault = createVault({ pool, log, nodeId, keys: config.vaultKeys });
 * await vault.start();
 */
export function createVault(options: VaultOptions): Vault {
  const { pool, log, keys } = options;
  if (keys === undefined) return emptyVault;
  const rotation = new Rotation({ ...options, keys });
  const stopping = new AbortController();
  let joined = false;
  let running: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await rotation.turn(stopping.signal).catch((error: unknown) => {
        log.error({ err: error }, "the vault's rotation failed; it goes on at the next turn");
      });
      await wait(turnEveryMs, undefined, stopping).catch(() => undefined);
    }
  };
  return {
    ready: true,
    seal: (owner, card) => sealCard(rotation.sealsWith, owner, card),
    async open(owner) {
      const sealed = await findSealedCard(pool, owner);
      return sealed && openCard(keys, sealed);
    },
    turn() {
      joined = true;
      return rotation.turn(stopping.signal);
    },
    async start() {
      joined = true;
      await rotation.meet();
      running ??= run();
    },
    async stop() {
      stopping.abort();
      await running;
      if (joined) await rotation.leave();
    },
  };
}

function refuse(): never {
  throw new VaultError("no_keys", "stored cards need WASL_VAULT_KEYS, which this node has not");
}

const emptyVault: Vault = {
  ready: false,
  seal: refuse,
  open: async () => refuse(),
  start: async () => undefined,
  turn: async () => undefined,
  stop: async () => undefined,
};

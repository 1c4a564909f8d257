import type { Pool } from "pg";
import type { Logger } from "pino";
import type { VaultKey } from "../config.ts";
import { takeTurn } from "../database/periodic-job.ts";
import { type CardOwner, rewrap, type WrappedKey } from "./envelope.ts";
import {
  announceKeys,
  forgetKeys,
  keysInUse,
  liveNodes,
  type NodeKeys,
  type Rewrapped,
  wrappedBy,
  writeRewrapped,
} from "./vault-store.ts";

/** A node that has said nothing for so long is taken for gone, in ms. */
export const silentMsMax = 60_000;

/** How many data keys are wrapped anew by one statement. */
const batchMax = 200;

/** In how many turns in a row a key must be unused before it is called so. */
const unusedTurnsMin = 2;

interface RotationServices {
  readonly pool: Pool;
  readonly log: Pick<Logger, "info" | "warn" | "error">;
  readonly nodeId: string;
  readonly keys: readonly VaultKey[];
}

/**
 * Moves the vault from one key to the next without downtime. A node seals with the first of its
 * keys that every live node has, so that nodes with different configurations open each other's
 * cards; and it wraps anew what no live node seals with, so that two never work against each other.
 */
export class Rotation {
  readonly #services: RotationServices;
  #sealsWith: VaultKey;
  readonly #unusedTurns = new Map<string, number>();
  readonly #said = new Set<string>();

  constructor(services: RotationServices) {
    const [first] = services.keys;
    if (first === undefined) throw new Error("a vault needs a key");
    this.#services = services;
    this.#sealsWith = first;
  }

  /** The key for the next card. */
  get sealsWith(): VaultKey {
    return this.#sealsWith;
  }

  /**
   * Tells the fleet of our keys, hears of theirs, and chooses the one that seals.
   *
   * @returns the keys of all live nodes, ours included
   */
  async meet(): Promise<readonly NodeKeys[]> {
    const { pool, nodeId, keys } = this.#services;
    const others = (await liveNodes(pool, silentMsMax)).filter((node) => node.nodeId !== nodeId);
    this.#choose(others);
    const own: NodeKeys = {
      nodeId,
      keyIds: keys.map(({ id }) => id),
      sealsWith: this.#sealsWith.id,
    };
    await announceKeys(pool, own, silentMsMax);
    return [own, ...others];
  }

  /** Meets the fleet, and wraps anew what an old key still wraps. */
  async turn(signal: AbortSignal): Promise<void> {
    const { pool, nodeId, keys, log } = this.#services;
    const nodes = await this.meet();
    const used = await keysInUse(pool);
    for (const keyId of used) {
      if (keys.every(({ id }) => id !== keyId)) this.#sayMissing(keyId);
    }
    const wanted = new Set(nodes.map((node) => node.sealsWith));
    const old = keys.filter(({ id }) => used.includes(id) && !wanted.has(id));
    const turn = { name: "rewrap-vault", everyMs: 0, nodeId };
    if (old.length > 0 && (await takeTurn(pool, turn))) {
      for (const { id } of old) {
        const count = await this.#rewrapAll(id, signal);
        log.info({ from: id, to: this.#sealsWith.id, count }, "cards were wrapped with a new key");
      }
    }
    const firsts = nodes.flatMap(({ keyIds }) => keyIds.slice(0, 1));
    this.#reportUnused(new Set([...(await keysInUse(pool)), ...wanted, ...firsts]));
  }

  /** This node has no part in the choice any more. */
  async leave(): Promise<void> {
    await forgetKeys(this.#services.pool, this.#services.nodeId).catch((error: unknown) => {
      this.#services.log.warn({ err: error }, "the vault could not be told that this node is gone");
    });
  }

  #choose(others: readonly NodeKeys[]): void {
    const { keys, log } = this.#services;
    const [first] = keys;
    const shared = keys.find(({ id }) => others.every(({ keyIds }) => keyIds.includes(id)));
    const chosen = shared ?? first ?? this.#sealsWith;
    if (chosen !== first && chosen !== this.#sealsWith) {
      log.warn(
        { wanted: first?.id, sealsWith: chosen.id },
        "another node does not have the first vault key yet, so cards are sealed with an older one",
      );
    }
    this.#sealsWith = chosen;
  }

  async #rewrapAll(keyId: string, signal: AbortSignal): Promise<number> {
    const { pool } = this.#services;
    let after: CardOwner | undefined;
    let count = 0;
    while (!signal.aborted) {
      const batch = await wrappedBy(pool, keyId, { after, limit: batchMax });
      count += await writeRewrapped(
        pool,
        batch.flatMap((card) => this.#rewrapOne(card)),
      );
      after = batch.at(-1);
      if (batch.length < batchMax) return count;
    }
    return count;
  }

  #rewrapOne(card: CardOwner & WrappedKey): Rewrapped[] {
    const { keys, log } = this.#services;
    const { profileId, cardId } = card;
    try {
      const after = rewrap(keys, this.#sealsWith, card, card);
      return [{ profileId, cardId, before: card, after }];
    } catch (error) {
      log.error({ err: error, profileId, cardId }, "a card could not be wrapped with a new key");
      return [];
    }
  }

  #sayMissing(keyId: string): void {
    if (this.#said.has(keyId)) return;
    this.#said.add(keyId);
    this.#services.log.error(
      { keyId },
      "stored cards are sealed under a vault key that this node does not have: add it to WASL_VAULT_KEYS",
    );
  }

  #reportUnused(inUse: ReadonlySet<string>): void {
    for (const { id } of this.#services.keys) {
      const turns = inUse.has(id) ? 0 : (this.#unusedTurns.get(id) ?? 0) + 1;
      this.#unusedTurns.set(id, turns);
      if (turns !== unusedTurnsMin) continue;
      this.#services.log.info(
        { keyId: id },
        "this vault key is no longer used: it may be taken out of WASL_VAULT_KEYS once no backup needs it",
      );
    }
  }
}

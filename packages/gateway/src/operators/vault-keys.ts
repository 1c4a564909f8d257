import type { Pool } from "pg";
import { silentMsMax } from "../vault/rotation.ts";
import { countCardsByKey, liveNodes } from "../vault/vault-store.ts";

/**
 * The vault's keys: how many cards each wraps, how many nodes have it and seal with it. One that
 * wraps nothing, and that no node puts first or seals with, may be taken out of WASL_VAULT_KEYS.
 */
export async function vaultKeys(pool: Pool): Promise<Record<string, unknown>> {
  const [cards, nodes] = await Promise.all([countCardsByKey(pool), liveNodes(pool, silentMsMax)]);
  const ids = new Set([...cards.keys(), ...nodes.flatMap(({ keyIds }) => keyIds)]);
  const keys = [...ids].toSorted().map((id) => {
    const having = nodes.filter(({ keyIds }) => keyIds.includes(id)).length;
    const sealing = nodes.filter(({ sealsWith }) => sealsWith === id).length;
    const first = nodes.some(({ keyIds }) => keyIds[0] === id);
    const wraps = cards.get(id) ?? 0;
    return {
      id,
      cards: wraps,
      nodes_having: having,
      nodes_sealing: sealing,
      removable: wraps === 0 && sealing === 0 && !first,
    };
  });
  return { nodes: nodes.length, keys };
}

import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { parseVaultKeys, type VaultKey } from "../config.ts";
import { newVaultKey } from "../../test/support/gateway.ts";
import { openCard, rewrap, sealCard, type SealedCard, VaultError } from "./envelope.ts";

function keyOf(id: string): VaultKey {
  const reading = parseVaultKeys(newVaultKey(id));
  const [key] = reading.ok ? reading.keys : [];
  if (key === undefined) throw new Error("the new key is none");
  return key;
}

const oldKey = keyOf("k1");
const newKey = keyOf("k2");
const owner = { profileId: 45001, cardId: "0190a1b2-0000-7000-8000-000000000001" };
const card = { number: "4111111111111111", expiryMonth: 12, expiryYear: 2030, holder: "Sara Ali" };

const reasonOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof VaultError) return error.reason;
    throw error;
  }
  return "opened";
};

test("a card opens as it was sealed, and only what belongs to a card is kept", () => {
  const sealed = sealCard(oldKey, owner, { ...card, securityCode: "987" } as typeof card);
  expect(sealed.keyId).toBe("k1");
  expect(openCard([newKey, oldKey], sealed)).toEqual(card);
});

test("two sealings of one card have nothing in common", () => {
  const [a, b] = [sealCard(oldKey, owner, card), sealCard(oldKey, owner, card)];
  expect(a.sealedCard.equals(b.sealedCard)).toBe(false);
  expect(a.wrappedKey.equals(b.wrappedKey)).toBe(false);
});

test("the sealed bytes show no digit of the card", () => {
  const { sealedCard, wrappedKey } = sealCard(oldKey, owner, card);
  for (const bytes of [sealedCard, wrappedKey]) {
    expect(bytes.toString("latin1")).not.toMatch(/4111|Sara|2030/);
  }
});

const flipped = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
};

describe("a card that was changed does not open", () => {
  const sealed = sealCard(oldKey, owner, card);
  const other = sealCard(oldKey, { ...owner, cardId: owner.cardId.replace(/1$/, "2") }, card);
  const changes: [name: string, change: Partial<SealedCard>][] = [
    ["another profile", { profileId: 45002 }],
    ["another card's id", { cardId: other.cardId }],
    ["another card's wrapped key", { wrappedKey: other.wrappedKey }],
    ["another card's content", { sealedCard: other.sealedCard }],
    [
      "another card's key and content",
      { wrappedKey: other.wrappedKey, sealedCard: other.sealedCard },
    ],
    ["another key's name", { keyId: "k2" }],
    ["nothing as wrapped key", { wrappedKey: Buffer.alloc(0) }],
    ["nothing as content", { sealedCard: Buffer.alloc(0) }],
    ["a content of a nonce only", { sealedCard: sealed.sealedCard.subarray(0, 12) }],
    ["a tag cut short", { sealedCard: sealed.sealedCard.subarray(0, -4) }],
  ];
  test.each(changes)("%s", (_name, change) => {
    expect(reasonOf(() => openCard([oldKey, newKey], { ...sealed, ...change }))).toBe("damaged");
  });

  test.each(["wrappedKey", "sealedCard"] as const)("any bit of %s", (field) => {
    for (let at = 0; at < sealed[field].length; at += 1) {
      const changed = { ...sealed, [field]: flipped(sealed[field], at) };
      expect(reasonOf(() => openCard([oldKey], changed))).toBe("damaged");
    }
  });
});

test("a wrong key under the right name is told from a missing one", () => {
  const sealed = sealCard(oldKey, owner, card);
  const impostor = { id: "k1", secret: newKey.secret };
  expect(reasonOf(() => openCard([impostor], sealed))).toBe("damaged");
  expect(reasonOf(() => openCard([newKey], sealed))).toBe("key_missing");
  expect(() => openCard([newKey], sealed)).toThrow(/vault key k1.*WASL_VAULT_KEYS/);
});

test("wrapping anew changes the wrapped key only, and the old key is then not needed", () => {
  const sealed = sealCard(oldKey, owner, card);
  const wrapped = rewrap([newKey, oldKey], newKey, owner, sealed);
  expect(Object.keys(wrapped)).toEqual(["keyId", "wrappedKey"]);
  expect(openCard([newKey], { ...sealed, ...wrapped })).toEqual(card);
  expect(reasonOf(() => rewrap([newKey], newKey, owner, sealed))).toBe("key_missing");
  const changed = { ...sealed, wrappedKey: flipped(sealed.wrappedKey, 20) };
  expect(reasonOf(() => rewrap([oldKey], newKey, owner, changed))).toBe("damaged");
});

describe("WASL_VAULT_KEYS", () => {
  test("names keys in order, spaces aside", () => {
    const reading = parseVaultKeys(`${newVaultKey("2026-11")}, ${newVaultKey("old.1")}`);
    expect(reading.ok && reading.keys.map(({ id }) => id)).toEqual(["2026-11", "old.1"]);
  });

  const key = newVaultKey("a");
  test.each([
    ["a key without a name", key.slice(2), /entry 1/],
    ["a short key", `a:${Buffer.alloc(31).toString("base64")}`, /entry 1/],
    ["a long key", `a:${Buffer.alloc(33).toString("base64")}`, /entry 1/],
    ["no base64", `${key},b:${"x".repeat(42)}!=`, /entry 2/],
    ["a comma too many", `${key},`, /entry 2/],
    ["one name twice", `${key},${newVaultKey("a")}`, /names a twice/],
    ["one key twice", `${key},b:${key.slice(2)}`, /one key as a and b/],
  ])("is refused with %s, without showing a key", (_name, text, rule) => {
    const reading = parseVaultKeys(text);
    expect(reading).toMatchObject({ ok: false, rule: expect.stringMatching(rule) });
    expect(JSON.stringify(reading)).not.toContain(key.slice(2, 20));
  });

  test("does not show itself when it is printed", () => {
    const reading = parseVaultKeys(key);
    expect(inspect(reading, { depth: 9 }) + JSON.stringify(reading)).not.toContain(
      key.slice(2, 20),
    );
  });
});

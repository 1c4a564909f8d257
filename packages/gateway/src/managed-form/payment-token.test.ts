import { expect, test } from "vitest";
import { isPaymentToken, lookupOf, newPaymentToken, openCard, sealCard } from "./payment-token.ts";

const card = {
  number: "4111111111111111",
  securityCode: "123",
  expiryMonth: 12,
  expiryYear: 2030,
  holder: "Sara Ali",
};

test("a token is twenty alphanumerics, another one each time", () => {
  const tokens = Array.from({ length: 200 }, newPaymentToken);
  expect(tokens.every(isPaymentToken)).toBe(true);
  expect(new Set(tokens).size).toBe(200);
  expect(isPaymentToken(`${tokens[0]}0`)).toBe(false);
});

test("a card opens by its token and profile, and by nothing else", () => {
  const token = newPaymentToken();
  const sealed = sealCard(token, 45001, card);
  expect(openCard(token, 45001, sealed)).toEqual(card);
  expect(() => openCard(token, 45002, sealed)).toThrow(/authenticate/);
  expect(() => openCard(newPaymentToken(), 45001, sealed)).toThrow(/authenticate/);
});

test("what is kept shows neither card nor token, and a changed byte is noticed", () => {
  const token = newPaymentToken();
  const sealed = sealCard(token, 45001, card);
  const kept = Buffer.concat([sealed, lookupOf(token)]).toString("latin1");
  for (const secret of [card.number, card.securityCode, card.holder, token]) {
    expect(kept).not.toContain(secret);
  }
  for (let index = 0; index < sealed.length; index += 1) {
    const changed = Buffer.from(sealed);
    changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
    expect(() => openCard(token, 45001, changed)).toThrow(/authenticate/);
  }
});

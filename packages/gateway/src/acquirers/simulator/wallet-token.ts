import { isCardNumber } from "@wasl/protocol";
import { z } from "zod";
import type { Card, WalletReading } from "../acquirer.ts";

/** What the simulated wallet writes in place of Apple's encryption versions. */
export const simulatedVersion = "SIMULATED_v1";

const token = z.object({
  transactionIdentifier: z.string().min(1).max(200),
  paymentData: z.object({ version: z.string(), data: z.string().max(4096) }),
});

export { token as walletTokenSchema };

/** The members of Apple's decrypted payload that matter here. */
const payload = z.object({
  applicationPrimaryAccountNumber: z.string().refine(isCardNumber),
  applicationExpirationDate: z.string().regex(/^\d{2}(?:0[1-9]|1[0-2])\d{2}$/),
  paymentData: z.object({ eciIndicator: z.string().max(2).optional() }).optional(),
});

/** The schemes' indicators that nobody was authenticated: Visa's, and Mastercard's. */
const unproven: ReadonlySet<string> = new Set(["7", "07", "0", "00"]);

/**
 * Opens a token of the simulated wallet: Apple Pay's shape, its `data` being the base64 of the
 * payload that Apple would encrypt. Nobody without the shop's certificates can open a real one.
 *
 * @example openWalletToken({ paymentMethod, transactionIdentifier, paymentData: { version, data } })
 */
export function openWalletToken(given: unknown): WalletReading {
  const reading = token.safeParse(given);
  if (!reading.success) {
    const path = reading.error.issues[0]?.path.join(".") ?? "";
    return { ok: false, rule: `has no fitting ${path || "members"}` };
  }
  const { version, data } = reading.data.paymentData;
  if (version !== simulatedVersion) {
    return { ok: false, rule: `is a real one: the sandbox opens version ${simulatedVersion} only` };
  }
  const opened = payload.safeParse(parse(data));
  if (!opened.success) return { ok: false, rule: "has a paymentData.data that holds no card" };
  const eci = opened.data.paymentData?.eciIndicator;
  return {
    ok: true,
    card: cardOf(opened.data),
    initiation: eci !== undefined && unproven.has(eci) ? "unproven_wallet" : "wallet",
    tokenId: reading.data.transactionIdentifier,
  };
}

function parse(data: string): unknown {
  try {
    return JSON.parse(Buffer.from(data, "base64").toString("utf8"));
  } catch {
    return undefined;
  }
}

/** `YYMMDD`, as Apple writes it. */
function cardOf(opened: z.output<typeof payload>): Omit<Card, "holder"> {
  const date = opened.applicationExpirationDate;
  return {
    number: opened.applicationPrimaryAccountNumber,
    expiryYear: 2000 + Number.parseInt(date.slice(0, 2), 10),
    expiryMonth: Number.parseInt(date.slice(2, 4), 10),
  };
}

import type { Currency } from "@wasl/protocol";
import type { Pool } from "pg";
import { newClientKey, newServerKey } from "../ids.ts";
import { duplicateWindowSDefault, type Profile } from "./profile.ts";
import { ensureProfile } from "./profiles-store.ts";

const sandboxCurrencies = "SAR AED USD KWD BHD OMR QAR JOD EGP EUR GBP JPY";

/** The sandbox's one profile. Its keys are made on the first run and stay with the database. */
export async function ensureSandboxProfile(pool: Pool): Promise<Profile> {
  return ensureProfile(pool, {
    profileId: 45_001,
    merchantId: 20_001,
    name: "Wasl Sandbox Shop",
    mode: "test",
    currencies: sandboxCurrencies.split(" ") as Currency[],
    serverKey: newServerKey(),
    clientKey: newClientKey(),
    duplicateWindowS: duplicateWindowSDefault,
    recurring: true,
  });
}

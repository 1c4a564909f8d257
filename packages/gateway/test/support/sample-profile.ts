import type { Currency } from "@wasl/protocol";
import type { Profile } from "../../src/profiles/profile.ts";

/** A profile with the server key of the published signature vectors (protocol.md 6.5). */
export const sampleProfile: Profile = {
  profileId: 45001,
  merchantId: 20001,
  name: "Shop",
  mode: "test",
  currencies: ["SAR" as Currency],
  serverKey: "SZJ6NTEST1-JKLM4TEST2-WXYZ9TEST3",
  clientKey: "CQW12E-RT34YU-IO56PA-SD78FG",
  duplicateWindowS: 120,
  recurring: true,
};

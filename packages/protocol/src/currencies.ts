/** Minor-unit digits per ISO 4217 code, for the active currencies. Source: ISO 4217 list one. */
const digitsByCode: Readonly<Record<number, string>> = {
  0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
  2:
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF " +
    "CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD " +
    "HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA " +
    "MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN " +
    "QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP " +
    "TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD XCG YER ZAR ZMW ZWG",
  3: "BHD IQD JOD KWD LYD OMR TND",
};

const digits = new Map(
  Object.entries(digitsByCode).flatMap(([count, codes]) =>
    codes.split(" ").map((code) => [code, Number.parseInt(count, 10)] as const),
  ),
);

declare const currencyBrand: unique symbol;

/** An ISO 4217 code in upper case that is known to be active. */
export type Currency = string & { readonly [currencyBrand]: true };

/**
 * Reads a currency code in any letter case (some clients send lower case: protocol.md 1.4).
 *
 * @returns the upper-case code, or `undefined` when ISO 4217 has no such active currency
 * @example parseCurrency("sar") // "SAR"
 */
export function parseCurrency(text: string): Currency | undefined {
  const code = text.toUpperCase();
  return digits.has(code) ? (code as Currency) : undefined;
}

/** How many decimals the currency has: 2 for SAR, 3 for KWD, 0 for JPY. */
export function minorDigits(currency: Currency): number {
  return digits.get(currency) ?? 2;
}

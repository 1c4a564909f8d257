/** ISO 3166-2 codes by the names shops send, for the countries whose forms have a fixed list. */
const codesByCountry: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  AE: {
    AJ: ["ajman"],
    AZ: ["abu dhabi", "abu zaby"],
    DU: ["dubai", "dubayy"],
    FU: ["fujairah", "al fujayrah"],
    RK: ["ras al khaimah", "ras al-khaimah"],
    SH: ["sharjah", "ash shariqah"],
    UQ: ["umm al quwain", "umm al-quwain"],
  },
  SA: {
    "01": ["riyadh", "ar riyad"],
    "02": ["makkah", "mecca", "makkah al mukarramah"],
    "03": ["madinah", "medina", "al madinah al munawwarah"],
    "04": ["eastern province", "eastern", "ash sharqiyah"],
    "05": ["qassim", "al qassim", "al qasim"],
    "06": ["hail", "ha'il"],
    "07": ["tabuk"],
    "08": ["northern borders", "al hudud ash shamaliyah"],
    "09": ["jazan", "jizan"],
    "10": ["najran"],
    "11": ["al bahah", "bahah", "al baha"],
    "12": ["al jawf", "jawf", "al jouf"],
    "14": ["asir", "aseer"],
  },
};

const codeByName = new Map(
  Object.entries(codesByCountry).flatMap(([country, codes]) =>
    Object.entries(codes).flatMap(([code, names]) =>
      [code.toLowerCase(), ...names].map((name) => [`${country}:${name}`, code] as const),
    ),
  ),
);

/**
 * A state as its ISO 3166-2 subdivision code, where the name is known; other text is returned as
 * it came. Source: protocol.md 2.2.
 *
 * @param country ISO 3166-1 alpha-2
 * @example subdivisionCode("AE", "Dubai") // "DU"
 */
export function subdivisionCode(country: string, state: string): string {
  return codeByName.get(`${country}:${state.trim().toLowerCase()}`) ?? state;
}

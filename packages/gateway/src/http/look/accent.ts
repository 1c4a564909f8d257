/** A colour by its red, green and blue, 0 to 255 each. */
type Colour = readonly [red: number, green: number, blue: number];

/** WCAG 2.2, criterion 1.4.3: text against what is behind it. */
const contrastMin = 4.5;

/** The grounds an accent is read on, by theme; the same as in tokens.css. */
const grounds = {
  light: { surfaces: ["#ffffff", "#fbfbf9", "#f3f4f0"], towards: "#000000" },
  dark: { surfaces: ["#151e1d", "#0e1514", "#1b2625"], towards: "#ffffff" },
} as const;

const inks = ["#ffffff", "#04211d"] as const;

function parse(hex: string): Colour {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

function write(colour: Colour): string {
  return `#${colour.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}

function mix(from: Colour, to: Colour, share: number): Colour {
  const part = (index: 0 | 1 | 2) => Math.round(from[index] + (to[index] - from[index]) * share);
  return [part(0), part(1), part(2)];
}

/** Relative luminance by WCAG 2.2. */
function luminance(colour: Colour): number {
  const [red, green, blue] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/**
 * How well one colour is read on the other, 1 to 21 (WCAG 2.2).
 *
 * @example contrast("#000000", "#ffffff") // 21
 */
export function contrast(one: string, other: string): number {
  const [low, high] = [luminance(parse(one)), luminance(parse(other))].toSorted((a, b) => a - b);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
}

/** In hundredths of the way to black or white. */
const steps = 100;

export interface AccentColours {
  readonly accent: string;
  readonly hover: string;
  /** Of words on the accent. */
  readonly onAccent: string;
}

/**
 * The shop's colour as it can be read: made darker on light pages and lighter on dark ones until
 * text in it, and text on it, has the contrast of WCAG 2.2. A colour that has it already stays.
 */
export function readableAccent(hex: string, theme: "light" | "dark"): AccentColours {
  const { surfaces, towards } = grounds[theme];
  const wish = parse(hex);
  const end = parse(towards);
  const shades = Array.from({ length: steps + 1 }, (_, step) => mix(wish, end, step / steps));
  const readable = (shade: Colour) =>
    surfaces.every((surface) => contrast(write(shade), surface) >= contrastMin) &&
    inks.some((ink) => contrast(ink, write(shade)) >= contrastMin);
  const accent = shades.find(readable) ?? end;
  const onAccent =
    contrast(inks[0], write(accent)) >= contrast(inks[1], write(accent)) ? inks[0] : inks[1];
  return { accent: write(accent), hover: write(mix(accent, end, 0.2)), onAccent };
}

/** The style sheet of an accent, for both themes. */
export function accentStyle(hex: string): string {
  const rule = (theme: "light" | "dark") => {
    const { accent, hover, onAccent } = readableAccent(hex, theme);
    return `:root{--accent:${accent};--accent-hover:${hover};--on-accent:${onAccent}}`;
  };
  return `${rule("light")}@media (prefers-color-scheme:dark){${rule("dark")}}`;
}

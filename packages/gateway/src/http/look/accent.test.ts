import * as fc from "fast-check";
import { expect, test } from "vitest";
import { accentStyle, contrast, readableAccent } from "./accent.ts";

const colour = fc
  .integer({ min: 0, max: 0xff_ff_ff })
  .map((value) => `#${value.toString(16).padStart(6, "0")}`);

test("whatever colour a shop chooses, words in it and on it can be read", () => {
  fc.assert(
    fc.property(colour, fc.constantFrom("light" as const, "dark" as const), (chosen, theme) => {
      const { accent, hover, onAccent } = readableAccent(chosen, theme);
      const papers = theme === "light" ? ["#ffffff", "#fbfbf9"] : ["#151e1d", "#0e1514"];
      for (const paper of papers) expect(contrast(accent, paper)).toBeGreaterThanOrEqual(4.5);
      expect(contrast(onAccent, accent)).toBeGreaterThanOrEqual(4.5);
      expect(contrast(onAccent, hover)).toBeGreaterThanOrEqual(4.5);
    }),
  );
});

test("a colour that can be read stays as it is", () => {
  expect(readableAccent("#7a1f5c", "light").accent).toBe("#7a1f5c");
  expect(accentStyle("#7a1f5c")).toContain("--accent:#7a1f5c");
});

test("black and white are 21 apart", () => {
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21);
});

import { expect, test } from "vitest";
import { alpha2Country, countryCodes } from "./countries.ts";
import { subdivisionCode } from "./subdivisions.ts";

test.each([
  ["SA", "SA"],
  ["sau", "SA"],
  ["ARE", "AE"],
  ["KSA", "SA"],
  ["Saudi Arabia", "Saudi Arabia"],
])("country %s becomes %s", (given, expected) => {
  expect(alpha2Country(given)).toBe(expected);
});

test("the list has every ISO 3166-1 country once", () => {
  expect(countryCodes).toHaveLength(249);
});

test.each([
  ["AE", "Dubai", "DU"],
  ["AE", "du", "DU"],
  ["SA", "Riyadh", "01"],
  ["SA", "01", "01"],
  ["FR", "Paris", "Paris"],
])("state %s %s becomes %s", (country, state, expected) => {
  expect(subdivisionCode(country, state)).toBe(expected);
});

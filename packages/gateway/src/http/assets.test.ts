import { describe, expect, it } from "vitest";
import { loadAssets } from "./assets.ts";

describe("loadAssets", () => {
  const assets = loadAssets();
  const textOf = (name: string) =>
    assets.all.find(({ path }) => path === assets.url(name))?.body.toString() ?? "";

  it("gives every asset a path with a hash and a type", () => {
    expect(assets.all.length).toBeGreaterThan(14);
    for (const { path, type, body } of assets.all) {
      expect(path).toMatch(/^\/assets\/[\w-]+\.[0-9a-f]{12}\.(css|js|svg|woff2)$/);
      expect(type).not.toBe("");
      expect(body.length).toBeGreaterThan(100);
    }
  });

  it("gives the same paths every time", () => {
    expect(loadAssets().all.map(({ path }) => path)).toEqual(assets.all.map(({ path }) => path));
  });

  it("points stylesheets at hashed fonts and at no other server", () => {
    const sheet = textOf("fonts.css");
    const addresses = [...sheet.matchAll(/url\("([^"]+)"\)/g)].map((match) => match[1]);
    expect(addresses.length).toBe(11);
    for (const address of addresses) {
      expect(assets.all.some(({ path }) => path === address)).toBe(true);
    }
    const sheets = assets.all.filter(({ type }) => type.startsWith("text/css"));
    for (const { body } of sheets) expect(body.toString()).not.toMatch(/https?:|@import/);
  });

  it("names the asset that is missing", () => {
    expect(() => assets.url("nothing.css")).toThrow(/nothing\.css/);
    const missing = [{ name: "x.css", files: [new URL("look/none.css", import.meta.url)] }];
    expect(() => loadAssets(missing)).toThrow(/none\.css/);
  });
});

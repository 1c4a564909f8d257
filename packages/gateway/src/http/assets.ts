import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { extname } from "node:path";
import { pathToFileURL } from "node:url";
import type { AssetUrls } from "./look/document.ts";

/** Something to serve: the name pages use for it, and the files it is put together from. */
export interface AssetSource {
  readonly name: string;
  readonly files: readonly URL[];
}

export interface Asset {
  /** "/assets/page.1a2b3c4d5e6f.css": changes with the bytes, so it may be cached for ever. */
  readonly path: string;
  readonly type: string;
  readonly body: Buffer;
}

export interface Assets extends AssetUrls {
  readonly all: readonly Asset[];
}

/** The header every asset is served with. */
export const assetCaching = "public, max-age=31536000, immutable";

const types: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml; charset=utf-8",
  ".woff2": "font/woff2",
};

/** Each asset of ours and the files it is put together from, in this order. */
const lookFiles: Readonly<Record<string, readonly string[]>> = {
  "favicon.svg": ["favicon.svg"],
  "fonts.css": ["fonts.css"],
  "tokens.css": ["tokens.css", "parts.css"],
  "page.css": ["page.css", "page-options.css", "drawer.css", "slip.css", "page-media.css"],
  "challenge.css": ["challenge.css"],
  "invoice.css": ["invoice.css"],
  "page.js": ["page.js", "page-price.js", "page-watch.js"],
  "sandbox.css": ["sandbox.css"],
  "sandbox.js": ["sandbox.js"],
};

const fonts: readonly (readonly [family: string, subset: string, weights: readonly number[]])[] = [
  ["ibm-plex-sans", "latin", [400, 500, 600]],
  ["ibm-plex-sans", "latin-ext", [400, 500, 600]],
  ["ibm-plex-sans-arabic", "arabic", [400, 500, 600]],
  ["ibm-plex-mono", "latin", [400, 500]],
];

/**
 * Reads every asset into memory, once, at start. `more` are the files of other screens; a
 * stylesheet may name any asset in `url("…")` and gets its hashed path.
 *
 * @throws Error when a file is missing or a stylesheet names an asset that does not exist
 * @example loadAssets().url("page.css") // "/assets/page.1a2b3c4d5e6f.css"
 */
export function loadAssets(more: readonly AssetSource[] = []): Assets {
  const assets = new Map<string, Asset>();
  const url = (name: string): string => {
    const asset = assets.get(name);
    if (asset === undefined) throw new Error(`There is no asset named ${name}`);
    return asset.path;
  };
  for (const { name, files } of styleSheetsLast([...fontSources(), ...lookSources(), ...more])) {
    const bytes = Buffer.concat(files.map((file) => readFileSync(file)));
    assets.set(name, makeAsset(name, name.endsWith(".css") ? withHashedUrls(bytes, url) : bytes));
  }
  return { url, all: [...assets.values()] };
}

function lookSources(): AssetSource[] {
  return Object.entries(lookFiles).map(([name, parts]) => ({
    name,
    files: parts.map((part) => new URL(`look/${part}`, import.meta.url)),
  }));
}

function fontSources(): AssetSource[] {
  const { resolve } = createRequire(import.meta.url);
  return fonts.flatMap(([family, subset, weights]) =>
    weights.map((weight) => {
      const stem = `${family}-${subset}-${weight}`;
      const file = resolve(`@fontsource/${family}/files/${stem}-normal.woff2`);
      return { name: `${assetStem(family, subset)}-${weight}.woff2`, files: [pathToFileURL(file)] };
    }),
  );
}

function assetStem(family: string, subset: string): string {
  return family.endsWith(`-${subset}`) ? family : `${family}-${subset}`;
}

function styleSheetsLast(sources: readonly AssetSource[]): AssetSource[] {
  const isSheet = ({ name }: AssetSource) => name.endsWith(".css");
  return [...sources.filter((source) => !isSheet(source)), ...sources.filter(isSheet)];
}

function withHashedUrls(sheet: Buffer, url: (name: string) => string): Buffer {
  const text = sheet.toString("utf8");
  return Buffer.from(
    text.replaceAll(/url\("([^":/]+)"\)/g, (_, name: string) => `url("${url(name)}")`),
  );
}

function makeAsset(name: string, body: Buffer): Asset {
  const extension = extname(name);
  const type = types[extension];
  if (type === undefined) throw new Error(`No content type is known for ${name}`);
  const hash = createHash("sha256").update(body).digest("hex").slice(0, 12);
  return { path: `/assets/${name.slice(0, -extension.length)}.${hash}${extension}`, type, body };
}

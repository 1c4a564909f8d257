import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

export const repository = join(import.meta.dirname, "../../../..");

export interface SourceFile {
  /** From the repository's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** Every TypeScript source of a package; tests only when asked for. */
export function sourcesOf(folder: string, { tests }: { tests: boolean }): SourceFile[] {
  return readdirSync(join(repository, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && (tests || !name.endsWith(".test.ts")))
    .map((name) => {
      const file = join(repository, folder, name);
      const path = relative(repository, file).replaceAll("\\", "/");
      return { path, text: readFileSync(file, "utf8") };
    });
}

/** The gateway's folders from left to right: one imports only from those to its right. */
export const layers = [
  "main",
  "gateway",
  "app",
  "reference",
  "sandbox",
  "operators",
  "invoices",
  "payment-page",
  "payment-requests",
  "managed-form",
  "api-log",
  "transactions",
  "responses",
  "acquirers",
  "mail",
  "deliveries",
  "profiles",
  "http",
  "vault",
  "database",
  "base",
] as const;

type Layer = (typeof layers)[number];

const rootFiles: Readonly<Record<string, Layer>> = {
  main: "main",
  announce: "main",
  cli: "main",
  gateway: "gateway",
  app: "app",
  config: "base",
  log: "main",
  errors: "base",
  clock: "base",
  ids: "base",
  "mail-address": "base",
};

const gatewaySource = "packages/gateway/src/";

/** The layer of a path below the gateway's `src`, such as `transactions/complete.ts`. */
export function layerOf(inside: string): Layer | undefined {
  const [first = "", ...rest] = inside.split("/");
  if (rest.length === 0) return rootFiles[first.replace(/\.ts$/, "")];
  return layers.find((layer) => layer === first);
}

const importPattern = /^(?:import|export)\b[^;]*?from\s+"([^"]+)"/gm;

/** Imports that go to the left, or to a place that has no layer. */
export function importFaults({ path, text }: SourceFile): string[] {
  if (!path.startsWith(gatewaySource)) return packageFaults({ path, text });
  const inside = path.slice(gatewaySource.length);
  const own = layerOf(inside);
  if (own === undefined) return [`${path} has no layer`];
  return specifiers(text).flatMap((specifier) => {
    if (!specifier.startsWith(".")) return [];
    const target = join(inside, "..", specifier).replaceAll("\\", "/");
    const layer = layerOf(target);
    const allowed = layer !== undefined && layers.indexOf(layer) >= layers.indexOf(own);
    return allowed ? [] : [`${path} must not import ${target}`];
  });
}

/** `protocol` imports nothing but its own files. */
function packageFaults({ path, text }: SourceFile): string[] {
  if (!path.startsWith("packages/protocol/src/")) return [];
  return specifiers(text)
    .filter((specifier) => !specifier.startsWith("./"))
    .map((specifier) => `${path} must not import ${specifier}`);
}

function specifiers(text: string): string[] {
  return [...text.matchAll(importPattern)].map(([, specifier = ""]) => specifier);
}

export interface Ban {
  readonly pattern: RegExp;
  readonly reason: string;
  /** Paths that may, from the repository's root. */
  readonly except: readonly string[];
}

export const bans: readonly Ban[] = [
  {
    pattern: /\bprocess\.env\b/,
    reason: "the environment is read once, through config.ts",
    except: [`${gatewaySource}main.ts`],
  },
  {
    pattern: /\bDate\.now\(|new Date\(\)/,
    reason: "time comes in as a Clock",
    except: [`${gatewaySource}clock.ts`],
  },
  {
    pattern: /\bNumber\(|\bparseFloat\(/,
    reason: "money and references never become floats; parse integers with a radix",
    except: [],
  },
  {
    pattern: /\bMath\.random\(/,
    reason: "randomness comes from node:crypto, or in as an argument",
    except: [`${gatewaySource}deliveries/dispatcher.ts`],
  },
  {
    pattern: /\bconsole\./,
    reason: "logs go through pino, words for people through stdout and stderr",
    except: [],
  },
  {
    pattern: /\bfetch\(|from "node:https?"/,
    reason: "the gateway dials out only through the address guard",
    except: [],
  },
  {
    pattern: /\b(?:TODO|FIXME|HACK)\b/,
    reason: "what is left to do is an issue, not a comment",
    except: [],
  },
];

/** Where a source breaks a ban. */
export function banFaults({ path, text }: SourceFile): string[] {
  return bans
    .filter(({ pattern, except }) => pattern.test(text) && !except.includes(path))
    .map(({ reason }) => `${path}: ${reason}`);
}

export const linesMax = 400;

export function lengthFaults({ path, text }: SourceFile): string[] {
  const lines = text.split("\n").length;
  return lines > linesMax ? [`${path} has ${lines} lines, at most ${linesMax}`] : [];
}

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { migrationsFolder, readMigrations } from "../src/database/migrate.ts";
import {
  banFaults,
  importFaults,
  layers,
  lengthFaults,
  repository,
  type SourceFile,
  sourcesOf,
} from "./support/tidy-rules.ts";

const sources = ["packages/protocol/src", "packages/gateway/src"].flatMap((folder) =>
  sourcesOf(folder, { tests: false }),
);

const byName = (a = "", b = "") => a.localeCompare(b);

const sample = (path: string, text: string): SourceFile => ({ path, text });

describe("the guards fail when they should", () => {
  test("an import to the left, in one line and in several", () => {
    const path = "packages/gateway/src/deliveries/send.ts";
    expect(importFaults(sample(path, 'import { a } from "../transactions/a.ts";'))).toHaveLength(1);
    expect(importFaults(sample(path, 'import {\n  a,\n} from "../app.ts";'))).toHaveLength(1);
    expect(importFaults(sample(path, 'export * from "../sandbox/x.ts";'))).toHaveLength(1);
    expect(importFaults(sample(path, 'import { a } from "../profiles/a.ts";'))).toEqual([]);
  });

  test("a folder without a place, and protocol reaching out", () => {
    expect(importFaults(sample("packages/gateway/src/misc/a.ts", ""))).toHaveLength(1);
    const protocol = sample("packages/protocol/src/a.ts", 'import { z } from "zod";');
    expect(importFaults(protocol)).toHaveLength(1);
  });

  test.each([
    "process.env.X",
    "Date.now()",
    "new Date()",
    "Number(amount)",
    "parseFloat(amount)",
    "Math.random()",
    "console.log(1)",
    'fetch("http://x")',
    "// TODO later",
  ])("the ban on %s", (text) => {
    expect(banFaults(sample("packages/gateway/src/transactions/a.ts", text))).toHaveLength(1);
  });

  test("a file that is too long", () => {
    expect(lengthFaults(sample("a.ts", "\n".repeat(400)))).toHaveLength(1);
  });
});

test("there are sources to look at", () => {
  expect(sources.length).toBeGreaterThan(50);
});

test("folders import only from those to their right", () => {
  expect(sources.flatMap(importFaults)).toEqual([]);
});

test("nothing banned is called", () => {
  expect(sources.flatMap(banFaults)).toEqual([]);
});

test("every file can be read in one go", () => {
  expect(sources.flatMap(lengthFaults)).toEqual([]);
});

test("migrations are numbered without gaps", async () => {
  expect((await readMigrations(migrationsFolder)).length).toBeGreaterThan(0);
});

test("ARCHITECTURE.md names every folder of the gateway, and no other", () => {
  const text = readFileSync(join(repository, "ARCHITECTURE.md"), "utf8");
  const named = new Set([...text.matchAll(/^\| `([\w-]+)\/` \|/gm)].map(([, name]) => name));
  const folders = readdirSync(join(repository, "packages/gateway/src"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  expect([...named].toSorted(byName)).toEqual(folders.toSorted(byName));
  expect(text).toContain(layers.filter((layer) => layer !== "base").join(" → "));
});

test("documents are linked where they are", () => {
  const broken = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md"].flatMap(
    (file) => {
      const text = readFileSync(join(repository, file), "utf8");
      return [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)]
        .map(([, target = ""]) => target)
        .filter((target) => !existsSync(join(repository, target)))
        .map((target) => `${file}: ${target}`);
    },
  );
  expect(broken).toEqual([]);
});

import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type axeCore from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";
import { repository } from "./tidy-rules.ts";

const quiet = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Chromium as `npm test` found or installed it. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env["WASL_CHROMIUM"] ?? "/usr/bin/chromium",
    // Chromium's own sandbox does not run as root.
    args: [...quiet, ...(process.getuid?.() === 0 ? ["--no-sandbox"] : [])],
  });
}

const axeSource = readFileSync(
  createRequire(import.meta.url).resolve("axe-core/axe.min.js"),
  "utf8",
);

/** The serious and critical findings of an accessibility scan, as `rule: element`. */
export async function seriousFindings(page: Page): Promise<string[]> {
  // `evaluate` is the debugger's, so it works under the page's policy and without JavaScript.
  await page.evaluate(axeSource);
  return page.evaluate(async () => {
    const axe = (globalThis as unknown as { axe: typeof axeCore }).axe;
    const { violations } = await axe.run({ resultTypes: ["violations"], preload: false });
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  });
}

/** Where people look at the pages; the folder is ignored by git. */
const folder = join(repository, "screenshots");

/** Draws the page into `screenshots/` when somebody wants to look: WASL_SCREENSHOTS is set. */
export async function screenshot(page: Page, name: string): Promise<void> {
  if (process.env["WASL_SCREENSHOTS"] === undefined) return;
  const path = join(folder, `${name}.png`);
  mkdirSync(dirname(path), { recursive: true });
  await page.screenshot({ path, fullPage: true });
}

import { randomBytes } from "node:crypto";
import { link, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseVaultKeys, type VaultKey } from "../config.ts";
import { uuidv7 } from "../ids.ts";
import { VaultError } from "./envelope.ts";

const fileName = "vault-keys";

/**
 * The sandbox's own vault key, made on the first run and kept in the data folder, readable by its
 * owner only. It is on disk, whole, before it is used: whoever loses it loses the stored cards.
 *
 * @throws VaultError `damaged` when the file is not what was written
 */
export async function keepVaultKeys(dataFolder: string): Promise<readonly VaultKey[]> {
  const file = join(dataFolder, fileName);
  const reading = parseVaultKeys(await readOrMake(file));
  if (reading.ok) return reading.keys;
  throw new VaultError("damaged", `${file} ${reading.rule}: restore it, or move it away`);
}

async function readOrMake(file: string): Promise<string> {
  const kept = await readFile(file, "utf8").catch(ignore("ENOENT"));
  if (kept !== undefined) return kept.trim();
  const draft = `${file}.${uuidv7()}`;
  const handle = await open(draft, "wx", 0o600);
  try {
    await handle.writeFile(`sandbox:${randomBytes(32).toString("base64")}\n`);
    await handle.sync();
    // Of two first runs one decides.
    await link(draft, file).catch(ignore("EEXIST"));
  } finally {
    await handle.close();
    await rm(draft, { force: true });
  }
  return (await readFile(file, "utf8")).trim();
}

const ignore = (code: string) => (error: unknown) => {
  if (error instanceof Error && "code" in error && error.code === code) return undefined;
  throw error;
};

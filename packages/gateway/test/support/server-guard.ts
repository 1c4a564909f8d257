import { spawn } from "node:child_process";

/**
 * Stops a server and removes its folders should this process end without doing so, kill -9
 * included: the guard reads from a pipe that the system closes with us.
 *
 * @returns a function that dismisses the guard
 */
export function guardServer(pid: number, folders: readonly string[]): () => void {
  const script =
    'cat; kill -INT "$1"; shift; n=0; ' +
    'until rm -rf "$@" 2>&- || [ $n -gt 50 ]; do n=$((n+1)); sleep 0.2; done';
  const guard = spawn("/bin/sh", ["-c", script, "sh", String(pid), ...folders], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
    cwd: "/",
  });
  guard.unref();
  return () => {
    guard.kill("SIGKILL");
  };
}

import { once } from "node:events";
import { startEmbeddedPostgres } from "../../src/database/embedded/embedded.ts";

/** A gateway's process, as far as its PostgreSQL goes: ready, then a line on stdin to stop it. */
const [folder = ""] = process.argv.slice(2);
const log = { warn: () => undefined };
try {
  const postgres = await startEmbeddedPostgres(folder, log);
  const { connectionString, pid } = postgres;
  process.stdout.write(`${JSON.stringify({ connectionString, pid })}\n`);
  await once(process.stdin, "data");
  await postgres.stop();
  process.stdin.destroy();
} catch (error) {
  process.stdout.write(`${JSON.stringify({ failure: String(error) })}\n`);
}

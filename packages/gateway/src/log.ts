import { type Logger, pino } from "pino";

/**
 * The gateway's log: JSON lines on stderr. Of an error only what is safe is written: its name, code,
 * message and stack, never the objects it carries, such as a connection with all its statements or
 * the row a constraint refused.
 *
 * @param level the least severe line to write
 */
export function createLog(level: string): Logger {
  return pino({ level, serializers: { err: safeError } }, pino.destination(2));
}

function safeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: "unknown" };
  const code = "code" in error ? error.code : undefined;
  return { name: error.name, code, message: error.message, stack: error.stack };
}

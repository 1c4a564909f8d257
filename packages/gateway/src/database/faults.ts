/** Node's codes for a connection that could not be made or broke. */
const connectionCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EHOSTUNREACH",
]);

/** SQLSTATE: 08 connection exception, 53 out of resources, 57P shutdown, 57014 a statement's time-out. */
const stateOfOutage = /^(08|53|57P|57014)/;

/** Whether the database is out of reach, as opposed to having refused a statement. */
export function isDatabaseDown(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return (
    connectionCodes.has(code) ||
    stateOfOutage.test(code) ||
    /connection terminated|timeout exceeded when trying to connect|query read timeout/i.test(
      error.message,
    )
  );
}

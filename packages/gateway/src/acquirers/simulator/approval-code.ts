import { createHash } from "node:crypto";

/** `G` and five digits, as on test profiles (protocol.md 6.2); the same for the same request. */
export function approvalCode(requestId: string): string {
  const digits = createHash("sha256").update(requestId).digest().readUInt32BE(0) % 100_000;
  return `G${digits.toString().padStart(5, "0")}`;
}

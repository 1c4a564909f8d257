import { createHmac } from "node:crypto";

/** Lower-case hex HMAC-SHA256, the `Signature` of protocol.md 6.5 and 7. */
export function hmacHex(serverKey: string, message: string | Uint8Array): string {
  return createHmac("sha256", serverKey).update(message).digest("hex");
}

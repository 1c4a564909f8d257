import { createHmac } from "node:crypto";

/**
 * The Standard Webhooks headers of one attempt (standard-webhooks.com, spec 1.0). They stand beside
 * PT2's Signature and add what it lacks: an id to recognise a repetition, a time to refuse a replay.
 *
 * @param id the same at every attempt
 * @param key the profile's server key; its bytes are the secret
 * @param at when the attempt is made; sent in whole seconds
 * @example webhookHeaders("msg_1", body, "SZJ6…", now)["webhook-signature"]; // "v1,K5oZ…"
 */
export function webhookHeaders(
  id: string,
  body: Uint8Array,
  key: string | Uint8Array,
  at: Date,
): Record<"webhook-id" | "webhook-timestamp" | "webhook-signature", string> {
  const timestamp = Math.floor(at.getTime() / 1000).toString();
  const signature = createHmac("sha256", key)
    .update(`${id}.${timestamp}.`)
    .update(body)
    .digest("base64");
  return {
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": `v1,${signature}`,
  };
}

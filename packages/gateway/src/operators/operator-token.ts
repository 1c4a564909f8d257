import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Whether the header carries the operators' token, in a time that tells nothing of it.
 *
 * @param authorization `Bearer …`
 * @param token `undefined`: no token is configured, and nobody is an operator
 */
export function isOperator(authorization: string | undefined, token: string | undefined): boolean {
  if (token === undefined) return false;
  const given = /^Bearer (.+)$/i.exec(authorization ?? "")?.[1] ?? "";
  return timingSafeEqual(digest(given), digest(token));
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

const fileName = "operator-token";

/** The sandbox's own token, made on the first run and kept in the data folder. */
export async function keepOperatorToken(dataFolder: string): Promise<string> {
  const file = join(dataFolder, fileName);
  const made = randomBytes(24).toString("base64url");
  try {
    // Only if there is none yet: of two first runs one decides.
    await writeFile(file, made, { flag: "wx", mode: 0o600 });
    return made;
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error) || error.code !== "EEXIST") throw error;
    return (await readFile(file, "utf8")).trim();
  }
}

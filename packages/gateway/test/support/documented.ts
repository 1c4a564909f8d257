import { errorCatalogue } from "../../src/errors.ts";
import type { Endpoint } from "../../src/reference/endpoint.ts";
import { endpoints } from "../../src/reference/endpoints.ts";
import { errorsOf } from "../../src/reference/openapi.ts";
import { errorReply } from "../../src/reference/replies.ts";

/**
 * Holds a reply of the merchant API against what openapi.json says of that call: its HTTP status, its
 * members, its error's code. Nothing may be in it that is not described. Calls of other paths pass.
 *
 * @throws Error saying what is not described
 */
export function checkDocumented(
  path: string,
  status: number,
  json: unknown,
  method: NonNullable<Endpoint["method"]> = "post",
): void {
  const plain = path.split("?")[0]?.replaceAll(/\/{2,}/g, "/") ?? "";
  const endpoint = endpoints.find(
    (known) => (known.method ?? "post") === method && pattern(known.path).test(plain),
  );
  if (endpoint === undefined) return;
  if (status !== 200) {
    const { code } = errorReply.parse(json);
    const known = errorsOf(endpoint).map((name) => errorCatalogue[name]);
    if (known.some((entry) => entry.status === status && entry.code === code)) return;
    throw new Error(`${path} does not document the error ${code} with HTTP ${status}`);
  }
  const faults = endpoint.replies.map(({ name, schema, list }) => {
    const { error } = (list === true ? schema.array() : schema).safeParse(json);
    return (
      error &&
      `${name}: ${error.issues.map(({ message, path: at }) => `${at.join(".")} ${message}`).join("; ")}`
    );
  });
  if (faults.every((fault) => fault !== undefined)) {
    throw new Error(`a reply of ${path} is not as described. ${faults.join(". ")}`);
  }
}

const pattern = (path: string) => new RegExp(`^${path.replaceAll(/:\w+/g, "[^/]+")}$`);

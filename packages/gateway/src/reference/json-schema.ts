import { z } from "zod";
import { aboutOf } from "./compatibility/compatibility.ts";

export type JsonObject = Record<string, unknown>;

/**
 * A zod schema as JSON Schema 2020-12, which is OpenAPI 3.1's own. Every member is described by the row
 * of the compatibility list that has its name.
 *
 * @param area the list's area that has the members
 */
export function jsonSchemaOf(schema: z.ZodType, area: string): JsonObject {
  const { $schema: _dialect, ...made } = z.toJSONSchema(schema, {
    io: "input",
    unrepresentable: "any",
  });
  return described(made, area, "");
}

function described(schema: JsonObject, area: string, path: string): JsonObject {
  // A receiver must not break on a member that is added later.
  const { additionalProperties: _closed, pattern, ...kept } = schema;
  const about = path === "" ? undefined : aboutOf(area, path);
  const at = (name: string) => (path === "" ? name : `${path}.${name}`);
  return {
    ...kept,
    // The digits of a whole number are read from text too; a pattern means nothing to an integer.
    ...(pattern !== undefined && kept["type"] !== "integer" && { pattern }),
    ...(about !== undefined && { description: about }),
    ...(isObject(kept["properties"]) && {
      properties: Object.fromEntries(
        Object.entries(kept["properties"]).map(([name, member]) => [
          name,
          described(member as JsonObject, area, at(name)),
        ]),
      ),
    }),
    ...(isObject(kept["items"]) && { items: described(kept["items"], area, path) }),
  };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The paths of all members of an object schema, such as `customer_details.name`. */
export function membersOf(schema: z.ZodType): string[] {
  return pathsOf(jsonSchemaOf(schema, ""), "");
}

function pathsOf(schema: JsonObject, path: string): string[] {
  const inner = isObject(schema["items"]) ? schema["items"] : schema;
  const { properties } = inner;
  if (!isObject(properties)) return [];
  return Object.entries(properties).flatMap(([name, member]) => {
    const at = path === "" ? name : `${path}.${name}`;
    return [at, ...pathsOf(member as JsonObject, at)];
  });
}

import { z } from "zod";
import { aboutOf } from "./compatibility/compatibility.ts";

export type JsonObject = Record<string, unknown>;

/** One schema, or several that read the same object, each its own members. */
export type Schemas = z.ZodType | readonly z.ZodType[];

/**
 * Zod schemas as one JSON Schema 2020-12, which is OpenAPI 3.1's own. Every member is described by the
 * row of the compatibility list that has its name.
 *
 * @param area the list's area that has the members
 */
export function jsonSchemaOf(schemas: Schemas, area: string): JsonObject {
  const made = [schemas].flat().map((schema): JsonObject => {
    const { $schema: _dialect, ...one } = z.toJSONSchema(schema, {
      io: "input",
      unrepresentable: "any",
    });
    return one;
  });
  return described(made.reduce(merged), area, "");
}

/** What two schemas say of the same object: the members of both, also of inner objects and lists. */
function merged(one: JsonObject, other: JsonObject): JsonObject {
  const { properties: ours, items: ourItems, required = [] } = one;
  const { properties: theirs, items: theirItems, required: alsoRequired = [] } = other;
  const both = [...(required as string[]), ...(alsoRequired as string[])];
  return {
    ...one,
    ...other,
    ...(isObject(ours) &&
      isObject(theirs) && { properties: { ...ours, ...theirs, ...shared(ours, theirs) } }),
    ...(isObject(ourItems) && isObject(theirItems) && { items: merged(ourItems, theirItems) }),
    ...(both.length > 0 && { required: [...new Set(both)] }),
  };
}

function shared(ours: JsonObject, theirs: JsonObject): JsonObject {
  const names = Object.keys(ours).filter((name) => name in theirs);
  return Object.fromEntries(
    names.map((name) => [name, merged(ours[name] as JsonObject, theirs[name] as JsonObject)]),
  );
}

function described(schema: JsonObject, area: string, path: string): JsonObject {
  // A receiver must not break on a member that is added later.
  const { additionalProperties: _closed, pattern, ...kept } = schema;
  const about = path === "" ? undefined : aboutOf(area, path);
  const at = (name: string) => (path === "" ? name : `${path}.${name}`);
  // The digits of a whole number are read from text too; a pattern means nothing to an integer, and
  // says no more than a format does.
  const patternSays = kept["type"] !== "integer" && kept["format"] === undefined;
  return {
    ...kept,
    ...(pattern !== undefined && patternSays && { pattern }),
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
    ...(Array.isArray(kept["anyOf"]) && {
      anyOf: kept["anyOf"].map((choice: JsonObject) => described(choice, area, "")),
    }),
  };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The paths of all members of an object schema, such as `customer_details.name`. */
export function membersOf(schemas: Schemas): string[] {
  return pathsOf(jsonSchemaOf(schemas, ""), "");
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

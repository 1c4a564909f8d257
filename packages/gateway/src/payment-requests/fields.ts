import { z } from "zod";
import { ApiError } from "../errors.ts";
import { JsonNumber } from "../http/json-body.ts";

/** Merchants' platforms send absent members as `null`, `""` or an empty list (protocol.md 1.4). */
const absent = (value: unknown): unknown =>
  value === null || value === "" || (Array.isArray(value) && value.length === 0)
    ? undefined
    : value;

const written = (value: unknown): unknown => (value instanceof JsonNumber ? value.source : value);

const lengthOf = (value: string): number => Array.from(value).length;

/** A member that may be missing, `null`, `""` or `[]`. */
export function optional<Schema extends z.ZodType>(schema: Schema) {
  return z.preprocess(absent, schema.optional()).optional();
}

// What a schema cannot tell of itself is its `meta`, as JSON Schema: openapi.json shows it.

/** Text of 1 to `max` characters; a number is taken as its digits. */
export function text(max: number) {
  return z
    .preprocess(
      written,
      z
        .string({ error: (issue) => (issue.input === undefined ? "is required" : "must be text") })
        .refine((value) => value !== "", "must not be empty")
        .refine((value) => lengthOf(value) <= max, `must have at most ${max} characters`),
    )
    .meta({ minLength: 1, maxLength: max });
}

/** A whole number within bounds, as a number or a numeric string. */
export function wholeNumber(min: number, max: number) {
  const rule = `must be a whole number from ${min} to ${max}`;
  return z
    .preprocess(
      written,
      z
        .string(rule)
        .regex(/^\d{1,15}$/, rule)
        .transform((digits) => Number.parseInt(digits, 10))
        .refine((value) => value >= min && value <= max, rule),
    )
    .meta({ type: "integer", minimum: min, maximum: max });
}

/** `true`, `"true"`, `1` or `"1"`, and their opposites. */
export function flag() {
  return z.preprocess((value) => {
    const plain = written(value);
    if (plain === "true" || plain === "1") return true;
    if (plain === "false" || plain === "0") return false;
    return plain;
  }, z.boolean("must be true or false"));
}

/** One of a few words, in any letter case. */
export function word<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.preprocess(
    (value) => (typeof value === "string" ? value.toLowerCase() : value),
    z.enum(words, {
      error: (issue) =>
        issue.input === undefined ? "is required" : `must be one of ${words.join(", ")}`,
    }),
  );
}

/** The first fault of a reading, as the merchant is told of it. */
export function invalidField(issue: z.core.$ZodIssue | undefined): ApiError {
  const field = issue?.path.join(".") ?? "";
  return new ApiError("INVALID_FIELD", {
    field: field === "" ? "body" : field,
    rule: issue?.message ?? "is invalid",
  });
}

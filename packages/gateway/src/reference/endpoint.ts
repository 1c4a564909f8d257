import type { z } from "zod";
import type { ErrorName } from "../errors.ts";

/** A request body: what the zod schemas of the code read of it, `profile_id` aside. */
export interface RequestForm {
  /** Its name among the components of openapi.json. */
  readonly name: string;
  /** The area of the compatibility list that has its members. */
  readonly area: string;
  /** Several when several parts of the code read one body, each its own members. */
  readonly schemas: readonly z.ZodObject[];
  /** Required although the schema says optional, because the code asks for it later. */
  readonly required?: readonly string[];
  /** May be left out although the schema says required, because the call has a default. */
  readonly optional?: readonly string[];
  readonly example: Readonly<Record<string, unknown>>;
}

export interface ReplyForm {
  readonly name: string;
  readonly schema: z.ZodType;
  /** The reply is a bare list of these. */
  readonly list?: boolean;
  readonly example: Readonly<Record<string, unknown>>;
}

/** A call of the merchant API. openapi.json is made of these; tests hold every route to be here. */
export interface Endpoint {
  readonly path: string;
  readonly method?: "get" | "post" | "put";
  readonly summary: string;
  readonly description: string;
  /** One of them, by what the call is to do; none: it has no body. */
  readonly requests: readonly RequestForm[];
  /** The body may be left out. */
  readonly bodyOptional?: true;
  /** HTTP 200, one of them; none: it never succeeds. */
  readonly replies: readonly ReplyForm[];
  /** Beside those that every call can get. */
  readonly errors: readonly ErrorName[];
}

/** Errors that every call can get. */
export const commonErrors = [
  "AUTHENTICATION_FAILED",
  "UNKNOWN_PATH",
  "REQUEST_TIMEOUT",
  "BODY_TOO_LARGE",
  "HEADERS_TOO_LARGE",
  "NOT_HTTP",
  "INTERNAL",
  "STOPPING",
  "UNAVAILABLE",
] as const satisfies readonly ErrorName[];

/** Errors that every call with a body can get. */
export const bodyErrors = [
  "PROFILE_ID_MISSING",
  "NOT_JSON",
  "INVALID_FIELD",
  "NOT_POST",
] as const satisfies readonly ErrorName[];

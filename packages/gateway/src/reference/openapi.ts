import { z } from "zod";
import { type ErrorName, errorCatalogue } from "../errors.ts";
import { profileIdMax } from "../ids.ts";
import { wholeNumber } from "../payment-requests/fields.ts";
import { bodyErrors, commonErrors, type Endpoint, type RequestForm } from "./endpoint.ts";
import { endpoints } from "./endpoints.ts";
import { type JsonObject, jsonSchemaOf } from "./json-schema.ts";
import { errorReply } from "./replies.ts";

const about = `PT2's server API as this gateway speaks it. Nearly every call is a POST with a JSON body whatever
its content type says, the raw server key in \`authorization\`, and the profile it acts for in \`profile_id\`.
Every reply is JSON. An error has \`code\`, \`message\` and \`trace\`: switch on \`code\`, the text may change.
Numbers may be sent as text, absent members as \`null\` or \`""\`; unknown members are ignored.`;

/**
 * The OpenAPI document of the merchant API, made from the schemas that read the requests.
 *
 * @param url where this gateway is reached
 */
export function openApi(url: string): JsonObject {
  return {
    openapi: "3.1.1",
    info: {
      title: "Wasl, the merchant API (PT2)",
      version: "1",
      description: about,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url }],
    security: [{ serverKey: [] }],
    paths: Object.fromEntries(
      [...Map.groupBy(endpoints, ({ path }) => path.replaceAll(/:(\w+)/g, "{$1}"))].map(
        ([path, calls]) => [
          path,
          Object.fromEntries(calls.map((call) => [call.method ?? "post", operation(call)])),
        ],
      ),
    ),
    components: {
      schemas: schemas(),
      securitySchemes: {
        serverKey: {
          type: "apiKey",
          in: "header",
          name: "authorization",
          description: "The profile's server key as it is, without Bearer or Basic.",
        },
      },
    },
  };
}

function schemas(): JsonObject {
  const requests = endpoints.flatMap((endpoint) =>
    endpoint.requests.map((form) => [form.name, requestSchema(form)] as const),
  );
  const replies = endpoints.flatMap((endpoint) =>
    endpoint.replies.map(({ name, schema }) => [name, jsonSchemaOf(schema, name)] as const),
  );
  return Object.fromEntries([
    ...requests,
    ...replies,
    ["Error", jsonSchemaOf(errorReply, "Error")] as const,
  ]);
}

const profileSchema = z.object({ profile_id: wholeNumber(1, profileIdMax) });

/** All schemas that read a body, and the profile. */
export function schemasOf({ schemas: parts }: RequestForm): readonly z.ZodObject[] {
  return [profileSchema, ...parts];
}

/** A body as JSON Schema, with what the code requires of it. */
export function requestSchema(form: RequestForm): JsonObject {
  const schema = jsonSchemaOf(schemasOf(form), form.area);
  const required = new Set([...((schema["required"] ?? []) as string[]), ...(form.required ?? [])]);
  for (const name of form.optional ?? []) required.delete(name);
  return { ...schema, required: [...required] };
}

const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });

/** One schema, or one of several. */
function oneOf(list: readonly JsonObject[]): JsonObject {
  const [first] = list;
  return list.length === 1 && first !== undefined ? first : { anyOf: list };
}

function operation(endpoint: Endpoint): JsonObject {
  const parameters = [...endpoint.path.matchAll(/:(\w+)/g)].map(([, name = ""]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const ok = {
    description: "Done.",
    content: {
      "application/json": {
        schema: oneOf(
          endpoint.replies.map(({ name, list }) =>
            list === true ? { type: "array", items: reference(name) } : reference(name),
          ),
        ),
        examples: Object.fromEntries(
          endpoint.replies.map(({ name, list, example }) => [
            name,
            { value: list === true ? [example] : example },
          ]),
        ),
      },
    },
  };
  return {
    operationId: operationId(endpoint),
    summary: endpoint.summary,
    description: endpoint.description,
    ...(parameters.length > 0 && { parameters }),
    ...(endpoint.requests.length > 0 && { requestBody: requestBody(endpoint) }),
    responses: { ...(endpoint.replies.length > 0 && { 200: ok }), ...errors(endpoint) },
  };
}

function operationId({ path, method }: Endpoint): string {
  const words = path.replaceAll(/[/:]+(\w)/g, (_, letter: string) => letter.toUpperCase());
  return (method ?? "post") + words.replaceAll(/\W/g, "");
}

function requestBody({ requests, bodyOptional }: Endpoint): JsonObject {
  return {
    required: bodyOptional !== true,
    content: {
      "application/json": {
        schema: oneOf(requests.map(({ name }) => reference(name))),
        examples: Object.fromEntries(
          requests.map(({ name, example }) => [name, { value: example }]),
        ),
      },
    },
  };
}

/** Errors an endpoint documents: its own, and those of every call. */
export function errorsOf({
  errors: own,
  requests,
}: Pick<Endpoint, "errors" | "requests">): readonly ErrorName[] {
  return [...own, ...(requests.length > 0 ? bodyErrors : []), ...commonErrors];
}

/** By HTTP status, each with an example for every name of the catalogue. */
function errors(endpoint: Endpoint): JsonObject {
  const byStatus = Map.groupBy(errorsOf(endpoint), (name) => errorCatalogue[name].status);
  return Object.fromEntries(
    [...byStatus]
      .toSorted(([a], [b]) => a - b)
      .map(([status, names]) => [
        status,
        {
          description: names.map((name) => errorCatalogue[name].when).join(" "),
          ...(status === 429 && {
            headers: {
              "Retry-After": { description: "Seconds to wait.", schema: { type: "integer" } },
            },
          }),
          content: {
            "application/json": {
              schema: reference("Error"),
              examples: Object.fromEntries(
                names.map((name) => [name, { value: errorExample(name) }]),
              ),
            },
          },
        },
      ]),
  );
}

function errorExample(name: ErrorName): JsonObject {
  const { code, message } = errorCatalogue[name];
  return { code, message, trace: "PMNT0101.69CD0A1D.0000C002" };
}

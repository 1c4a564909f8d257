import { type JsonObject, jsonSchemaOf } from "./json-schema.ts";
import { messages, type SentMessage } from "./messages.ts";

const channelTexts: Readonly<Record<string, string>> = {
  callback: "The `callback` address of a payment request.",
  ipn: "The addresses of the profile's IPN configurations.",
  return: "The `return` address of a payment request, opened by the shopper's browser.",
};

/** The AsyncAPI document of what merchants receive: Callback, IPN and Return. */
export function asyncApi(): JsonObject {
  return {
    asyncapi: "3.0.0",
    info: {
      title: "Wasl, transaction responses (PT2)",
      version: "1",
      description: "What Wasl tells a merchant's server of how a payment ended.",
      license: { name: "Apache-2.0" },
    },
    defaultContentType: "application/json",
    channels: Object.fromEntries(
      [...Map.groupBy(messages, ({ channel }) => channel)].map(([channel, carried]) => [
        channel,
        {
          // Each merchant's own.
          address: null,
          description: channelTexts[channel],
          messages: Object.fromEntries(carried.map(({ name }) => [name, messageReference(name)])),
        },
      ]),
    ),
    operations: Object.fromEntries(
      messages.map((message) => [`send${message.name}`, sending(message)]),
    ),
    components: {
      messages: Object.fromEntries(messages.map((message) => [message.name, described(message)])),
      schemas: Object.fromEntries(
        messages.map(({ name, schema }) => [name, jsonSchemaOf(schema, name)]),
      ),
    },
  };
}

const messageReference = (name: string) => ({ $ref: `#/components/messages/${name}` });

function sending({ name, channel, summary, method }: SentMessage): JsonObject {
  return {
    action: "send",
    channel: { $ref: `#/channels/${channel}` },
    summary,
    messages: [{ $ref: `#/channels/${channel}/messages/${name}` }],
    bindings: { http: { method, bindingVersion: "0.3.0" } },
  };
}

function described({ name, summary, description, contentType, headers, example }: SentMessage) {
  return {
    name,
    title: name,
    summary,
    description,
    contentType,
    ...(headers !== undefined && {
      headers: {
        type: "object",
        properties: Object.fromEntries(
          Object.entries(headers).map(([header, text]) => [
            header,
            { type: "string", description: text },
          ]),
        ),
      },
    }),
    payload: { $ref: `#/components/schemas/${name}` },
    examples: [{ name, payload: example }],
  };
}

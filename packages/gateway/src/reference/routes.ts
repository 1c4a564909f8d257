import type { FastifyInstance } from "fastify";
import { asyncApi } from "./asyncapi.ts";
import { openApi } from "./openapi.ts";

export interface ReferenceServices {
  /** The gateway's own address, without a slash at the end. */
  readonly publicUrl: () => string;
}

/** The descriptions of the API and of the responses, for tools that read them. */
export async function referenceRoutes(
  app: FastifyInstance,
  { publicUrl }: ReferenceServices,
): Promise<void> {
  // Made when first asked for: only then is the address known at which the node listens.
  let apiText: string | undefined;
  let responsesText: string | undefined;
  app.get("/openapi.json", (_request, reply) => {
    apiText ??= JSON.stringify(openApi(publicUrl()));
    return reply.type("application/json").send(apiText);
  });
  app.get("/asyncapi.json", (_request, reply) => {
    responsesText ??= JSON.stringify(asyncApi());
    return reply.type("application/json").send(responsesText);
  });
}

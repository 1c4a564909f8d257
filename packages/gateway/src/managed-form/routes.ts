import { readFileSync } from "node:fs";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Pool } from "pg";
import type { Acquirer } from "../acquirers/acquirer.ts";
import type { Clock } from "../clock.ts";
import { isDatabaseDown } from "../database/faults.ts";
import { clientAddress } from "../http/client-address.ts";
import { readJsonObject } from "../http/json-body.ts";
import type { ApiBody } from "../http/merchant-api.ts";
import { newTrace } from "../ids.ts";
import type { ProfileDirectory } from "../profiles/directory.ts";
import type { Profile } from "../profiles/profile.ts";
import { findProfileOfClientKey } from "../profiles/profiles-store.ts";
import { type FormFault, readFormCard } from "./card-fields.ts";
import { newPaymentToken } from "./payment-token.ts";
import { keepCard } from "./payment-tokens-store.ts";

export interface ManagedFormServices {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly acquirer: Acquirer;
  readonly profiles: ProfileDirectory;
  readonly strict: boolean;
  readonly rateLimiter: {
    /** @returns how many seconds to wait; `undefined`: one more card may be kept in this minute */
    admitPublic(
      profile: Profile,
      act: { readonly name: "card"; readonly client: string },
    ): Promise<number | undefined>;
  };
}

/** Where the browser library sends a card; nobody else needs to know. */
export const tokenPath = "/payment/js/token";

/** The largest form, in bytes. */
const formBytesMax = 4096;

/** Shops load the library at every visit; a new one reaches them within this, in seconds. */
const scriptAgeSMax = 300;

const script = readFileSync(new URL("paylib.js", import.meta.url));

/**
 * The managed form: the browser library, and where it exchanges a card for a token (protocol.md 11).
 * The only paths of ours that answer scripts of other origins; they take no cookies and no server
 * key, and what they hand out is of use only together with one.
 */
export async function managedFormRoutes(
  app: FastifyInstance,
  services: ManagedFormServices,
): Promise<void> {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    "*",
    { parseAs: "buffer", bodyLimit: formBytesMax },
    (_request, body, done) => done(null, body),
  );
  app.addHook("onRequest", async (_request, reply) => {
    reply.header("access-control-allow-origin", "*").header("x-content-type-options", "nosniff");
  });
  app.setErrorHandler((error, request, reply) => {
    request.log.error({ error: (error as Error).name }, "a managed form could not be taken");
    const errorText = isDatabaseDown(error) ? "Try again in a moment" : "It could not be read";
    return refuse(services.clock, reply, { errorCode: 400, errorField: "key", errorText });
  });
  app.get("/payment/js/paylib.js", (_request, reply) =>
    reply
      .header("cache-control", `public, max-age=${scriptAgeSMax}`)
      .header("cross-origin-resource-policy", "cross-origin")
      .type("text/javascript; charset=utf-8")
      .send(script),
  );
  app.options(tokenPath, (_request, reply) =>
    reply
      .code(204)
      .header("access-control-allow-methods", "POST")
      .header("access-control-allow-headers", "content-type")
      .header("access-control-max-age", "600")
      .send(),
  );
  app.post(tokenPath, (request, reply) => exchange(services, request, reply));
}

async function exchange(
  services: ManagedFormServices,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { pool, clock, acquirer } = services;
  const reading = readJsonObject(Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0));
  const body: ApiBody = reading.ok ? reading.value : {};
  const { key } = body;
  const profileId = typeof key === "string" ? await findProfileOfClientKey(pool, key) : undefined;
  if (profileId === undefined) {
    const errorText = "Authentication failed. Check the client key.";
    return refuse(clock, reply, { errorCode: 1, errorField: "key", errorText });
  }
  const profile = await services.profiles.find(profileId);
  if (profile === undefined || !mayUse(services, profile, request.headers.origin)) {
    const errorText = "The page must be on https, on a host with a dot in its name.";
    return refuse(clock, reply, { errorCode: 2, errorField: "key", errorText });
  }
  const form = readFormCard(body, { acquirer, now: clock.now() });
  if ("fault" in form) return refuse(clock, reply, form.fault);
  // The key is public, and what it stores waits for a quarter of an hour.
  const waitS = await services.rateLimiter.admitPublic(profile, {
    name: "card",
    client: clientAddress(request),
  });
  if (waitS !== undefined) {
    const errorText = `Too many cards were entered in this minute. Try again in ${waitS} s`;
    return refuse(clock, reply, { errorCode: 5, errorField: "key", errorText });
  }
  const token = newPaymentToken();
  await keepCard(pool, profileId, token, form.card);
  return reply
    .header("cache-control", "no-store")
    .send({ error: false, token, trace: newTrace("PMNT", clock.now()) });
}

/** Live rules about the page the form is on (protocol.md 11); a sandbox takes any page. */
function mayUse(
  { strict }: ManagedFormServices,
  profile: Profile,
  origin: string | undefined,
): boolean {
  if (profile.mode === "test" && !strict) return true;
  const url = URL.parse(origin ?? "");
  return url?.protocol === "https:" && url.hostname.includes(".");
}

function refuse(clock: Clock, reply: FastifyReply, fault: FormFault): FastifyReply {
  return reply
    .code(400)
    .header("cache-control", "no-store")
    .send({
      error: true,
      errorCode: fault.errorCode,
      errorField: fault.errorField,
      errorStatus: "E",
      errorText: fault.errorText,
      status: 400,
      trace: newTrace("PMNT", clock.now()),
    });
}

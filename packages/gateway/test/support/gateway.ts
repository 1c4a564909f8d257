import { randomBytes } from "node:crypto";
import { pino } from "pino";
import { systemClock } from "../../src/clock.ts";
import { type Overrides, readConfig } from "../../src/config.ts";
import { type Gateway, type GatewayOptions, startGateway } from "../../src/gateway.ts";
import { createTestDatabase, type TestDatabase } from "./database.ts";
import { checkDocumented } from "./documented.ts";

export interface TestGateway extends Gateway {
  readonly database: TestDatabase;
  /** A call of the merchant API with this profile's id and key, unless told otherwise. */
  call(path: string, body: object, key?: string): Promise<ApiReply>;
  /** The same with a body sent as it is. */
  callRaw(
    path: string,
    body: string | Uint8Array<ArrayBuffer>,
    headers?: Record<string, string>,
  ): Promise<ApiReply>;
}

export interface ApiReply {
  readonly status: number;
  readonly contentType: string | null;
  // What a stranger's client would see, so the tests say what they expect of it.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly json: any;
}

export interface TestGatewayOptions extends Pick<
  GatewayOptions,
  "deliveries" | "mail" | "clock" | "log"
> {
  readonly config: Overrides;
  readonly database: TestDatabase;
}

/** A whole gateway on a database of its own, on a free loopback port. */
export async function startTestGateway(
  options: Partial<TestGatewayOptions> = {},
): Promise<TestGateway> {
  const database = options.database ?? (await createTestDatabase());
  const config = readConfig(
    { DATABASE_URL: database.url },
    { port: "0", vaultKeys: newVaultKey("test"), ...options.config },
  );
  const gateway = await startGateway({
    config,
    databaseUrl: database.url,
    clock: options.clock ?? systemClock,
    log:
      options.log ?? pino({ level: process.env["WASL_TEST_LOG"] ?? "silent" }, pino.destination(2)),
    ...(options.deliveries === undefined ? {} : { deliveries: options.deliveries }),
    ...(options.mail === undefined ? {} : { mail: options.mail }),
  });
  const callRaw: TestGateway["callRaw"] = async (path, body, headers = {}) => {
    const reply = await fetch(`${gateway.url}${path}`, {
      method: "POST",
      body,
      headers: { authorization: gateway.profile.serverKey, ...headers },
    });
    const json = await reply.json();
    checkDocumented(path, reply.status, json);
    return { status: reply.status, contentType: reply.headers.get("content-type"), json };
  };
  return {
    ...gateway,
    database,
    callRaw,
    call: (path, body, key) =>
      callRaw(
        path,
        JSON.stringify({ profile_id: gateway.profile.profileId, ...body }),
        key === undefined ? {} : { authorization: key },
      ),
    async stop() {
      await gateway.stop();
      if (options.database === undefined) await database.drop();
    },
  };
}

/** A setting for the vault with one new key; more of them are joined by commas. */
export function newVaultKey(id: string): string {
  return `${id}:${randomBytes(32).toString("base64")}`;
}

let carts = 8000;

/**
 * A page creation that is in order; tests change what they are about. Every use is another cart, since
 * the same one twice within two minutes is refused (protocol.md 4.1).
 */
export const goodRequest = {
  tran_type: "sale",
  tran_class: "ecom",
  get cart_id() {
    carts += 1;
    return `order-${carts}`;
  },
  cart_description: "basket",
  cart_currency: "SAR",
  cart_amount: 500,
} as const;

import { pino } from "pino";
import { systemClock } from "../../src/clock.ts";
import { type Overrides, readConfig } from "../../src/config.ts";
import { type Gateway, type GatewayOptions, startGateway } from "../../src/gateway.ts";
import { createTestDatabase, type TestDatabase } from "./database.ts";

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

export interface TestGatewayOptions extends Pick<GatewayOptions, "deliveries" | "clock"> {
  readonly config: Overrides;
  readonly database: TestDatabase;
}

/** A whole gateway on a database of its own, on a free loopback port. */
export async function startTestGateway(
  options: Partial<TestGatewayOptions> = {},
): Promise<TestGateway> {
  const database = options.database ?? (await createTestDatabase());
  const config = readConfig({ DATABASE_URL: database.url }, { port: "0", ...options.config });
  const gateway = await startGateway({
    config,
    databaseUrl: database.url,
    clock: options.clock ?? systemClock,
    log: pino({ level: process.env["WASL_TEST_LOG"] ?? "silent" }, pino.destination(2)),
    ...(options.deliveries === undefined ? {} : { deliveries: options.deliveries }),
  });
  const callRaw: TestGateway["callRaw"] = async (path, body, headers = {}) => {
    const reply = await fetch(`${gateway.url}${path}`, {
      method: "POST",
      body,
      headers: { authorization: gateway.profile.serverKey, ...headers },
    });
    return {
      status: reply.status,
      contentType: reply.headers.get("content-type"),
      json: await reply.json(),
    };
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

/** A page creation that is in order; tests change what they are about. */
export const goodRequest = {
  tran_type: "sale",
  tran_class: "ecom",
  cart_id: "order-7001",
  cart_description: "basket",
  cart_currency: "SAR",
  cart_amount: 500,
} as const;

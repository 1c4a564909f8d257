import type { AddressInfo } from "node:net";
import { hostname } from "node:os";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { createSimulator } from "./acquirers/simulator/simulator.ts";
import { createApp } from "./app.ts";
import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import { migrate } from "./database/migrate.ts";
import { createPool } from "./database/pool.ts";
import { createDispatcher, type DispatcherOptions } from "./deliveries/dispatcher.ts";
import { loadAssets } from "./http/assets.ts";
import { uuidv7 } from "./ids.ts";
import { createProfileDirectory } from "./profiles/directory.ts";
import type { Profile } from "./profiles/profile.ts";
import { ensureSandboxProfile } from "./profiles/sandbox-profile.ts";
import type { TransactionServices } from "./transactions/services.ts";
import { startDuePayments } from "./transactions/due-payments.ts";

/** Connections kept for deliveries alone, so that payments and renewals never wait for each other. */
const deliveryConnections = 6;

export interface GatewayOptions {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** For tests: other limits, resolvers and schedules of the deliveries. */
  readonly deliveries?: Partial<Pick<DispatcherOptions, "limits" | "network" | "schedule">>;
}

export interface Gateway {
  readonly app: FastifyInstance;
  readonly profile: Profile;
  /** As browsers reach it, without a slash at the end. */
  readonly url: string;
  readonly services: TransactionServices;
  /** Takes no more requests, finishes what is under way, gives its leases back. */
  stop(): Promise<void>;
}

/** One node: migrates, listens, delivers, and looks after payments whose time has come. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, clock, log } = options;
  const pool = createPool(options.databaseUrl, { log });
  const deliveryPool = createPool(options.databaseUrl, {
    log,
    connectionsMax: deliveryConnections,
  });
  const closePools = () => Promise.all([pool.end(), deliveryPool.end()]);
  try {
    await migrate(pool);
    const profile = await ensureSandboxProfile(pool);
    const profiles = createProfileDirectory(pool, clock);
    let url = config.publicUrl?.replace(/\/+$/, "") ?? "";
    const nodeId = `${hostname()}-${process.pid}-${uuidv7().slice(-12)}`;
    const dispatcher = createDispatcher({
      pool: deliveryPool,
      nodeId,
      clock,
      log,
      keyOf: async (profileId) => {
        const found = await profiles.find(profileId);
        if (found === undefined) throw new Error(`profile ${profileId} is gone`);
        return found.serverKey;
      },
      ...options.deliveries,
    });
    const publicUrl = () => url;
    const assets = loadAssets();
    const services = {
      pool,
      clock,
      log,
      nodeId,
      profiles,
      dispatcher,
      acquirer: createSimulator({ pool, publicUrl }),
      strict: config.strict,
      assets,
      assetFiles: assets.all,
      callbackHeadStartMs: config.callbackHeadStartMs,
      publicUrl,
      profileId: profile.profileId,
    };
    const app = await createApp(services);
    await app.listen({ host: config.host, port: config.port });
    url ||= listeningUrl(app);
    dispatcher.start();
    const stopDuePayments = startDuePayments(services);
    return {
      app,
      profile,
      url,
      services,
      async stop() {
        await app.close();
        await stopDuePayments();
        await dispatcher.stop();
        await closePools();
      },
    };
  } catch (error) {
    await closePools();
    throw error;
  }
}

function listeningUrl(app: FastifyInstance): string {
  const { address, family, port } = app.server.address() as AddressInfo;
  const everywhere = address === "0.0.0.0" || address === "::";
  const host = everywhere ? "127.0.0.1" : family === "IPv6" ? `[${address}]` : address;
  return `http://${host}:${port}`;
}

import type { AddressInfo } from "node:net";
import { hostname } from "node:os";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { createSimulator } from "./acquirers/simulator/simulator.ts";
import { createApp, createWorkerApp } from "./app.ts";
import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import { migrate } from "./database/migrate.ts";
import { createPool } from "./database/pool.ts";
import { keepDays } from "./deliveries/days.ts";
import { createDispatcher, type DispatcherOptions, type Outbox } from "./deliveries/dispatcher.ts";
import { Herald } from "./deliveries/herald.ts";
import { defaultSchedule, type Schedule } from "./deliveries/schedule.ts";
import { loadAssets } from "./http/assets.ts";
import { closable } from "./http/close-server.ts";
import { uuidv7 } from "./ids.ts";
import { createMetrics, type Metrics } from "./operators/metrics.ts";
import type { NodePhase } from "./operators/operating-routes.ts";
import { createProfileDirectory, type ProfileDirectory } from "./profiles/directory.ts";
import type { Profile } from "./profiles/profile.ts";
import { ensureSandboxProfile } from "./profiles/sandbox-profile.ts";
import { startDuePayments } from "./transactions/due-payments.ts";
import { deliveryNotes } from "./transactions/delivery-notes.ts";
import type { TransactionServices } from "./transactions/services.ts";

/**
 * Connections kept for deliveries alone, so that payments and renewals never wait for each other;
 * one of them listens.
 */
const deliveryConnections = 7;

/** The longest rest of a lane where the private PostgreSQL says that this is a sandbox. */
const sandboxRestMsMax = 15_000;

export interface GatewayOptions {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** For tests: other limits, resolvers and schedules of the deliveries. */
  readonly deliveries?: Partial<Pick<DispatcherOptions, "limits" | "network" | "breaker">> & {
    readonly schedule?: Schedule;
  };
}

export interface Gateway {
  readonly app: FastifyInstance;
  readonly profile: Profile;
  /** Opens the operators' API; `undefined`: it is closed. */
  readonly operatorToken: string | undefined;
  /** As browsers reach it, without a slash at the end. */
  readonly url: string;
  readonly services: TransactionServices;
  /**
   * Takes no more requests and gives its leases back at once; what is under way is finished, within
   * bounds. Calling it again waits for the same end.
   */
  stop(): Promise<void>;
}

/** One node: migrates, listens, and by its role serves, delivers, and finishes due payments. */
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
    await keepDays(pool, config.deliveryRetentionDays).catch((error: unknown) => {
      // Other nodes may be at it, or busy; until the next turn the default part takes every row.
      log.warn({ err: error }, "the days of deliveries could not be made at the start");
    });
    const profile = await ensureSandboxProfile(pool);
    const profiles = createProfileDirectory(pool, clock);
    let url = config.publicUrl?.replace(/\/+$/, "") ?? "";
    const publicUrl = () => url;
    const pools = { payments: pool, deliveries: deliveryPool };
    const metrics = createMetrics({ role: config.role, pools });
    const { outbox, start } = createOutbox(options, deliveryPool, profiles, metrics);
    let phase: NodePhase = "starting";
    const assets = loadAssets();
    const services = {
      pool,
      clock,
      log,
      profiles,
      outbox,
      acquirer: createSimulator({ pool, publicUrl }),
      strict: config.strict,
      assets,
      assetFiles: assets.all,
      callbackHeadStartMs: config.callbackHeadStartMs,
      publicUrl,
      profileId: profile.profileId,
      operatorToken: config.operatorToken,
      isPublic: config.publicUrl !== undefined,
      metrics,
      outcomeWritten: metrics.outcomeWritten,
      phase: () => phase,
    };
    const app = config.role === "worker" ? createWorkerApp(services) : await createApp(services);
    const closeServer = closable(app);
    await app.listen({ host: config.host, port: config.port });
    url ||= listeningUrl(app);
    start();
    phase = "running";
    const stopDuePayments = config.role === "api" ? undefined : startDuePayments(services);
    const stop = async (): Promise<void> => {
      phase = "stopping";
      // Deliveries do not wait for requests, of which a stranger may send half a one.
      await Promise.all([closeServer(), stopDuePayments?.(), outbox.stop()]);
      // What payments have handed over meanwhile is given back.
      await outbox.stop();
      await closePools();
    };
    let stopped: Promise<void> | undefined;
    return {
      app,
      profile,
      operatorToken: config.operatorToken,
      url,
      services,
      stop: () => (stopped ??= stop()),
    };
  } catch (error) {
    await closePools();
    throw error;
  }
}

/** The dispatcher, or for an `api` node whatever tells the workers. */
function createOutbox(
  { config, clock, log, deliveries: { schedule, network, ...others } = {} }: GatewayOptions,
  pool: DispatcherOptions["pool"],
  profiles: ProfileDirectory,
  metrics: Metrics,
): { readonly outbox: Outbox; readonly start: () => void } {
  if (config.role === "api") return { outbox: new Herald({ pool, log }), start: () => undefined };
  const standard = schedule ?? defaultSchedule;
  const dispatcher = createDispatcher({
    pool,
    nodeId: `${hostname()}-${process.pid}-${uuidv7().slice(-12)}`,
    clock,
    log,
    async policyOf(profileId) {
      const found = await profiles.find(profileId);
      if (found === undefined) throw new Error(`profile ${profileId} is gone`);
      const { serverKey: key, retryDelaysMs } = found;
      return { key, schedule: retryDelaysMs ? { ...standard, retryDelaysMs } : standard };
    },
    retentionDays: config.deliveryRetentionDays,
    notes: deliveryNotes,
    network: {
      ...(config.egressProxy !== undefined && { egressProxy: new URL(config.egressProxy) }),
      ...network,
    },
    watch: metrics.watch,
    // Whoever has just started their shop should not wait for minutes.
    ...(config.databaseUrl === undefined && { breaker: { restMsMax: sandboxRestMsMax } }),
    ...others,
  });
  metrics.showDispatcher(() => dispatcher.counts());
  return { outbox: dispatcher, start: () => dispatcher.start() };
}

function listeningUrl(app: FastifyInstance): string {
  const { address, family, port } = app.server.address() as AddressInfo;
  const everywhere = address === "0.0.0.0" || address === "::";
  const host = everywhere ? "127.0.0.1" : family === "IPv6" ? `[${address}]` : address;
  return `http://${host}:${port}`;
}

import type { AddressInfo } from "node:net";
import { hostname } from "node:os";
import type { FastifyInstance } from "fastify";
import type { Pool } from "pg";
import type { Logger } from "pino";
import { createSimulator } from "./acquirers/simulator/simulator.ts";
import { ApiLog } from "./api-log/api-log.ts";
import { keepCallDays } from "./api-log/days.ts";
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
import { settlementOf } from "./invoices/settle.ts";
import { type MailOutbox, noMail } from "./mail/outbox.ts";
import { Postman, type PostmanOptions } from "./mail/postman.ts";
import { createSmtpSender, type SmtpSettings, type SmtpTimes } from "./mail/smtp.ts";
import { startForgettingCards } from "./managed-form/forget-cards.ts";
import { createMetrics, type Metrics } from "./operators/metrics.ts";
import type { NodePhase } from "./operators/operating-routes.ts";
import { startForgettingQuotas } from "./payment-requests/forget-quotas.ts";
import { createRateLimiter } from "./payment-requests/rate-limit.ts";
import { createProfileDirectory, type ProfileDirectory } from "./profiles/directory.ts";
import { isRelaxed } from "./responses/compose.ts";
import type { Profile } from "./profiles/profile.ts";
import { ensureSandboxProfile } from "./profiles/sandbox-profile.ts";
import { startDuePayments } from "./transactions/due-payments.ts";
import { deliveryNotes, mailNote } from "./transactions/delivery-notes.ts";
import type { TransactionServices } from "./transactions/services.ts";
import { createVault } from "./vault/vault.ts";

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
  /** For tests: an authority of their own, other limits of e-mail. */
  readonly mail?: Pick<SmtpSettings, "tlsOptions"> &
    Pick<PostmanOptions, "limits" | "random"> & { readonly times?: SmtpTimes };
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
  const pools = openPools(options);
  const { payments: pool, deliveries: deliveryPool } = pools;
  // Tells this process from every other, whatever they share.
  const nodeId = `${hostname()}-${process.pid}-${uuidv7().slice(-12)}`;
  const vault = createVault({ pool, log, nodeId, keys: config.vaultKeys });
  const close = () => vault.stop().then(() => Promise.all([pool.end(), deliveryPool.end()]));
  try {
    await migrate(pool);
    await keepAllDays(pool, options);
    await vault.start();
    const profile = await ensureSandboxProfile(pool);
    const profiles = createProfileDirectory(pool, clock);
    let url = config.publicUrl?.replace(/\/+$/, "") ?? "";
    const publicUrl = () => url;
    const metrics = createMetrics({ role: config.role, pools });
    const apiLog = createApiLog(options, pool, metrics, nodeId);
    const { outbox, start } = createOutbox(options, deliveryPool, profiles, metrics, nodeId);
    const postman = createPostman(options, pool, metrics);
    let phase: NodePhase = "starting";
    const assets = loadAssets();
    const services = {
      pool,
      clock,
      log,
      profiles,
      outbox,
      apiLog,
      mail: mailOutbox(config, postman),
      rateLimiter: createRateLimiter({ pool, clock, strict: config.strict }),
      acquirer: createSimulator({ pool, publicUrl }),
      vault,
      ...settingsOf(config),
      assets,
      assetFiles: assets.all,
      publicUrl,
      profileId: profile.profileId,
      metrics,
      ...outcomeHooks(metrics),
      phase: () => phase,
    };
    const app = config.role === "worker" ? createWorkerApp(services) : await createApp(services);
    const closeServer = closable(app);
    await app.listen({ host: config.host, port: config.port });
    url ||= listeningUrl(app);
    start();
    if (config.role !== "worker") apiLog.start();
    postman?.start();
    phase = "running";
    const stopJobs = config.role === "api" ? undefined : startJobs(services);
    const stop = once(async () => {
      phase = "stopping";
      // Deliveries do not wait for requests, of which a stranger may send half a one.
      await Promise.all([closeServer(), stopJobs?.(), outbox.stop(), postman?.stop()]);
      await apiLog.stop();
      // What payments have handed over meanwhile is given back.
      await outbox.stop();
      await close();
    });
    return {
      app,
      profile,
      operatorToken: config.operatorToken,
      url,
      services,
      stop,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What is to be done though nobody asks for it. */
function startJobs(services: TransactionServices): () => Promise<unknown> {
  const jobs = [
    startDuePayments(services),
    startForgettingCards(services),
    startForgettingQuotas(services),
  ];
  return () => Promise.all(jobs.map((stop) => stop()));
}

/** What else happens when a payment gets its outcome. */
function outcomeHooks({ outcomeWritten }: Metrics) {
  return { outcomeWritten, companionOf: settlementOf };
}

/** Does it once, however often it is asked to. */
function once(act: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= act());
}

function openPools({ databaseUrl, log }: GatewayOptions) {
  return {
    payments: createPool(databaseUrl, { log }),
    deliveries: createPool(databaseUrl, { log, connectionsMax: deliveryConnections }),
  };
}

/** The settings that requests are answered by. */
function settingsOf(config: Config) {
  const {
    strict,
    callbackHeadStartMs,
    alternativeRates,
    operatorToken,
    publicUrl,
    trustedProxies,
  } = config;
  const isPublic = publicUrl !== undefined;
  return { strict, callbackHeadStartMs, alternativeRates, operatorToken, isPublic, trustedProxies };
}

/**
 * Makes the days of what is divided by them. Other nodes may be at it, or busy: until the next turn
 * the default part takes every delivery, and the log of API calls has days to spare.
 */
async function keepAllDays(pool: Pool, { config, log }: GatewayOptions): Promise<void> {
  await keepDays(pool, config.deliveryRetentionDays).catch((error: unknown) => {
    log.warn({ err: error }, "the days of deliveries could not be made at the start");
  });
  if (config.role === "worker") return;
  await keepCallDays(pool, config.apiLogRetentionDays).catch((error: unknown) => {
    log.warn({ err: error }, "the days of the log of API calls could not be made at the start");
  });
}

function createApiLog(
  { config, log }: GatewayOptions,
  pool: Pool,
  metrics: Metrics,
  nodeId: string,
): ApiLog {
  const apiLog = new ApiLog({
    pool,
    log,
    nodeId,
    retentionDays: config.apiLogRetentionDays,
    dropped: metrics.apiCallDropped,
  });
  metrics.showApiLog(() => apiLog.unwritten);
  return apiLog;
}

/** The dispatcher, or for an `api` node whatever tells the workers. */
function createOutbox(
  { config, clock, log, deliveries: { schedule, network, ...others } = {} }: GatewayOptions,
  pool: DispatcherOptions["pool"],
  profiles: ProfileDirectory,
  metrics: Metrics,
  nodeId: string,
): { readonly outbox: Outbox; readonly start: () => void } {
  if (config.role === "api") return { outbox: new Herald({ pool, log }), start: () => undefined };
  const standard = schedule ?? defaultSchedule;
  const dispatcher = createDispatcher({
    pool,
    nodeId,
    clock,
    log,
    async policyOf(profileId) {
      const found = await profiles.find(profileId);
      if (found === undefined) throw new Error(`profile ${profileId} is gone`);
      const { serverKey: key, retryDelaysMs } = found;
      return {
        key,
        schedule: retryDelaysMs ? { ...standard, retryDelaysMs } : standard,
        ...(!isRelaxed(found, config) && { publicOnly: true as const }),
      };
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

/** Whoever sends e-mails: nodes that deliver, where a mail server is configured. */
function createPostman(
  { config, clock, log, mail: { tlsOptions, times, ...others } = {} }: GatewayOptions,
  pool: PostmanOptions["pool"],
  metrics: Metrics,
): Postman | undefined {
  const { smtpUrl: url, mailFrom: from, smtpTls: tls } = config;
  if (url === undefined || from === undefined || config.role === "api") return undefined;
  const settings = { url, from, tls, ...(tlsOptions && { tlsOptions }) };
  return new Postman({
    pool,
    nodeId: newNodeId(),
    clock,
    log,
    sender: createSmtpSender(settings, times),
    note: mailNote,
    watch: metrics.mailAttempted,
    retentionDays: config.deliveryRetentionDays,
    ...others,
  });
}

function mailOutbox({ smtpUrl }: Config, postman: Postman | undefined): MailOutbox {
  if (smtpUrl === undefined) return noMail;
  return { enabled: true, handOver: () => postman?.kick() };
}

/** Unique to this process, also over restarts. */
function newNodeId(): string {
  return `${hostname()}-${process.pid}-${uuidv7().slice(-12)}`;
}

function listeningUrl(app: FastifyInstance): string {
  const { address, family, port } = app.server.address() as AddressInfo;
  const everywhere = address === "0.0.0.0" || address === "::";
  const host = everywhere ? "127.0.0.1" : family === "IPv6" ? `[${address}]` : address;
  return `http://${host}:${port}`;
}

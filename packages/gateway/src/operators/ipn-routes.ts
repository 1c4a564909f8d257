import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { ApiError } from "../errors.ts";
import { bodyOf } from "../http/merchant-api.ts";
import { uuidv7 } from "../ids.ts";
import type { ProfileDirectory } from "../profiles/directory.ts";
import { ipnConfigurationsMax, type KeptIpnConfiguration } from "../profiles/ipn-configuration.ts";
import {
  deleteIpnConfiguration,
  findIpnConfiguration,
  insertIpnConfiguration,
  listIpnConfigurations,
  replaceIpnConfiguration,
} from "../profiles/ipn-store.ts";
import type { Profile } from "../profiles/profile.ts";
import { isCalled, isRelaxed } from "../responses/compose.ts";
import { judgeIpnUrl, readIpnRequest, warningsOf } from "./ipn-request.ts";
import { findIpnTest, type IpnTestServices, sendIpnTest } from "./ipn-test.ts";
import { profileOfPath } from "./profile-param.ts";

export interface IpnServices extends IpnTestServices {
  readonly profiles: ProfileDirectory;
  readonly strict: boolean;
}

interface Path {
  readonly profileId: string;
  readonly ipnId: string;
  readonly testId: string;
}

const all = "/operators/profiles/:profileId/ipn-configurations";
const one = `${all}/:ipnId`;

/** A profile's IPN configurations: list, add, change, delete, test (protocol.md 8.2). */
export function ipnRoutes(app: FastifyInstance, services: IpnServices): void {
  const { pool, profiles } = services;
  app.get<{ Params: Path }>(all, async (request) => {
    const profile = await profileOfPath(profiles, request.params.profileId);
    const kept = await listIpnConfigurations(pool, profile.profileId);
    return { ipn_configurations: kept.map((ipn) => viewOf(ipn, isRelaxed(profile, services))) };
  });
  app.post<{ Params: Path }>(all, async (request, reply) => {
    const profile = await profileOfPath(profiles, request.params.profileId);
    const relaxed = isRelaxed(profile, services);
    const asked = { ipnId: uuidv7(), ...readIpnRequest(bodyOf(request), relaxed) };
    const kept = await insertIpnConfiguration(pool, profile.profileId, asked);
    if (kept === "full") {
      throw new ApiError("IPN_CONFIGURATIONS_FULL", { max: ipnConfigurationsMax.toString() });
    }
    if (kept === undefined) {
      throw new ApiError("PROFILE_NOT_FOUND", { profile: request.params.profileId });
    }
    return reply.code(201).send(viewOf(kept, relaxed));
  });
  app.get<{ Params: Path }>(one, async (request) => {
    const { profile, ipn } = await find(services, request.params);
    return viewOf(ipn, isRelaxed(profile, services));
  });
  app.put<{ Params: Path }>(one, async (request) => {
    const profile = await profileOfPath(profiles, request.params.profileId);
    const relaxed = isRelaxed(profile, services);
    const ipnId = readId(request.params.ipnId);
    const asked = { ipnId, ...readIpnRequest(bodyOf(request), relaxed) };
    const kept = await replaceIpnConfiguration(pool, profile.profileId, asked);
    if (kept === undefined) throw new ApiError("IPN_NOT_FOUND");
    return viewOf(kept, relaxed);
  });
  app.delete<{ Params: Path }>(one, async (request) => {
    const profile = await profileOfPath(profiles, request.params.profileId);
    const ipnId = readId(request.params.ipnId);
    if (!(await deleteIpnConfiguration(pool, profile.profileId, ipnId))) {
      throw new ApiError("IPN_NOT_FOUND");
    }
    return { ipn_id: ipnId, deleted: true };
  });
  testRoutes(app, services);
}

function testRoutes(app: FastifyInstance, services: IpnServices): void {
  app.post<{ Params: Path }>(`${one}/tests`, async (request, reply) => {
    const { profile, ipn } = await find(services, request.params);
    const relaxed = isRelaxed(profile, services);
    const destination = judgeIpnUrl(ipn.url, relaxed);
    if (!destination.ok) {
      const rule = destination.message.replace(/^url /, "");
      throw new ApiError("INVALID_FIELD", { field: "url", rule });
    }
    const testId = await sendIpnTest(services, profile, ipn, relaxed);
    return reply.code(202).send(await findTest(services, profile, ipn.ipnId, testId));
  });
  app.get<{ Params: Path }>(`${one}/tests/:testId`, async (request) => {
    const { profile, ipn } = await find(services, request.params);
    return findTest(services, profile, ipn.ipnId, readId(request.params.testId));
  });
}

async function findTest(
  { pool }: IpnServices,
  { profileId }: Profile,
  ipnId: string,
  testId: string,
): Promise<object> {
  const test = await findIpnTest(pool, profileId, ipnId, testId);
  if (test === undefined) throw new ApiError("IPN_NOT_FOUND");
  return test;
}

async function find(
  { pool, profiles }: IpnServices,
  path: Pick<Path, "profileId" | "ipnId">,
): Promise<{ readonly profile: Profile; readonly ipn: KeptIpnConfiguration }> {
  const profile = await profileOfPath(profiles, path.profileId);
  const ipn = await findIpnConfiguration(pool, profile.profileId, readId(path.ipnId));
  if (ipn === undefined) throw new ApiError("IPN_NOT_FOUND");
  return { profile, ipn };
}

const uuid = z.uuid();

function readId(text: string): string {
  const reading = uuid.safeParse(text);
  if (!reading.success) throw new ApiError("IPN_NOT_FOUND");
  return reading.data.toLowerCase();
}

function viewOf(ipn: KeptIpnConfiguration, relaxed: boolean): object {
  return {
    ipn_id: ipn.ipnId,
    name: ipn.name,
    url: ipn.url,
    tran_types: ipn.tranTypes,
    statuses: ipn.statuses,
    format: ipn.format,
    user_agent: ipn.userAgent,
    headers: ipn.headers,
    enabled: ipn.enabled,
    created_at: ipn.createdAt.toISOString(),
    changed_at: ipn.changedAt.toISOString(),
    warnings: relaxed ? warningsOf(ipn.url) : [],
    // Why nothing is sent although it is enabled.
    not_called: isCalled(ipn, relaxed) ? null : "url must begin with https:// on a live gateway",
  };
}

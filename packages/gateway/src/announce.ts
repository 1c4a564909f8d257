import type { Config } from "./config.ts";
import type { Gateway } from "./gateway.ts";

/**
 * Says that the gateway is ready: one line of JSON for programs, a banner for people. What starts is
 * logged and kept by others, so secrets are told only where they were made: the keys of the private
 * database's profile, and the operators' token of the data folder.
 */
export function announce(config: Config, gateway: Gateway): void {
  if (config.format === "json") {
    process.stdout.write(`${JSON.stringify(readyLine(config, gateway))}\n`);
    process.stderr.write(banner(config, gateway));
  } else {
    process.stdout.write(banner(config, gateway));
  }
}

function readyLine(config: Config, { url, profile, operatorToken }: Gateway) {
  return {
    ready: true,
    url,
    consoleUrl: config.role === "worker" ? null : `${url}/`,
    profileId: profile.profileId,
    ...(isPrivate(config) && { serverKey: profile.serverKey, clientKey: profile.clientKey }),
    operatorToken: isMadeHere(config) ? operatorToken : null,
  };
}

const isPrivate = ({ databaseUrl }: Config): boolean => databaseUrl === undefined;

const isMadeHere = (config: Config): boolean =>
  isPrivate(config) && config.operatorToken === undefined;

function banner(config: Config, gateway: Gateway): string {
  const kept = isPrivate(config) ? config.dataFolder : "DATABASE_URL";
  const reach = isLoopback(config.host) ? "loopback only" : `listens on ${config.host}`;
  const what =
    config.role === "worker" ? "worker: sends, serves no page and no payment" : "sandbox";
  const strict = config.strict ? " (strict)" : "";
  const doors = config.role === "worker" ? workersDoors(gateway) : gatewaysDoors(config, gateway);
  return `
  Wasl  PT2 payment gateway, ${what}${strict}     data: ${kept} (kept) · ${reach}

${doors}  Operators  ${isMadeHere(config) ? gateway.operatorToken : operatorsLine(config)}
${config.role === "worker" ? "" : next}
  Ctrl-C stops it.

`;
}

const next = `
  Next: open the address above, or point your ClickPay or PayTabs integration at it.`;

function gatewaysDoors(config: Config, { url, profile }: Gateway): string {
  const [first, ...others] = profile.currencies;
  const keys = isPrivate(config)
    ? `Server key ${profile.serverKey}
  Client key ${profile.clientKey}`
    : "Keys       in the database, table profile";
  return `  Open       ${url}/          create a test payment, watch Return and Callback arrive
  API        ${url}           POST /payment/request  /payment/query
  Profile    profile_id ${profile.profileId}   currency ${first} (+${others.join(" ")})
  ${keys}
  E-mail     ${mailLine(config)}
`;
}

function workersDoors({ url }: Gateway): string {
  return `  Health     ${url}/health/ready
  Metrics    ${url}/metrics
`;
}

function operatorsLine({ operatorToken }: Config): string {
  return operatorToken === undefined
    ? "API closed: set WASL_OPERATOR_TOKEN"
    : "API open to whoever sends WASL_OPERATOR_TOKEN";
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

function mailLine({ mailFrom, smtpUrl }: Config): string {
  return mailFrom === undefined || smtpUrl === undefined
    ? "none is sent: set WASL_SMTP_URL and WASL_MAIL_FROM"
    : `from ${mailFrom}`;
}

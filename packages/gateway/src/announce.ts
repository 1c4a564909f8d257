import type { Config } from "./config.ts";
import type { Gateway } from "./gateway.ts";

/** Says that the gateway is ready: one line of JSON for programs, a banner for people. */
export function announce(config: Config, gateway: Gateway): void {
  if (config.format === "json") {
    process.stdout.write(`${JSON.stringify(readyLine(gateway))}\n`);
    process.stderr.write(banner(config, gateway));
  } else {
    process.stdout.write(banner(config, gateway));
  }
}

function readyLine({ url, profile, operatorToken }: Gateway) {
  return {
    ready: true,
    url,
    consoleUrl: `${url}/`,
    profileId: profile.profileId,
    serverKey: profile.serverKey,
    clientKey: profile.clientKey,
    operatorToken: operatorToken ?? null,
  };
}

function banner(config: Config, { url, profile, operatorToken }: Gateway): string {
  const [first, ...others] = profile.currencies;
  const kept = config.databaseUrl === undefined ? config.dataFolder : "DATABASE_URL";
  const reach = isLoopback(config.host) ? "loopback only" : `listens on ${config.host}`;
  return `
  Wasl  PT2 payment gateway, sandbox${config.strict ? " (strict)" : ""}     data: ${kept} (kept) · ${reach}

  Open       ${url}/          create a test payment, watch Return and Callback arrive
  API        ${url}           POST /payment/request  /payment/query
  Profile    profile_id ${profile.profileId}   currency ${first} (+${others.join(" ")})
  Server key ${profile.serverKey}
  Client key ${profile.clientKey}
  Operators  ${operatorToken ?? "API closed: set WASL_OPERATOR_TOKEN"}
  E-mail     ${config.mailFrom === undefined || config.smtpUrl === undefined ? "none is sent: set WASL_SMTP_URL and WASL_MAIL_FROM" : `from ${config.mailFrom}`}

  Next: open the address above, or point your ClickPay or PayTabs integration at it.
  Ctrl-C stops it.

`;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

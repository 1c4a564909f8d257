import { createSecretKey, type KeyObject } from "node:crypto";
import { isIPv4, isIPv6 } from "node:net";
import { z } from "zod";
import { readMailSender } from "./mail-address.ts";

interface Setting {
  readonly environment: string;
  readonly flag?: string;
  readonly schema: z.ZodType;
  readonly fallback: string;
  readonly about: string;
}

const wholeNumber = (max: number) => {
  const rule = `must be a whole number from 0 to ${max}`;
  return z.coerce.number(rule).int(rule).min(0, rule).max(max, rule);
};

const oneOf = <const Words extends readonly [string, ...string[]]>(words: Words) =>
  z.enum(words, `must be one of ${words.join(", ")}`);

const yesNo = oneOf(["true", "false"]).transform((text) => text === "true");
const optionalText = z.string().transform((text) => (text === "" ? undefined : text));

/** A URL with a host and nothing after it, and a user and password that can be read. */
function isMailServer(url: string): boolean {
  const { hostname, pathname, search, hash } = new URL(url);
  const rest = `${pathname.replace("/", "")}${search}${hash}`;
  return hostname !== "" && rest === "" && canDecode(url);
}

function canDecode(url: string): boolean {
  const { username, password } = new URL(url);
  try {
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}

/** A decimal rate as a whole number and its number of decimals: 0.2666 is 2666 and 4. */
export interface AlternativeRate {
  readonly digits: bigint;
  readonly decimals: number;
}

/** By the currencies' codes: "SAR/USD". */
export type AlternativeRates = ReadonlyMap<string, AlternativeRate>;

const ratesRule = "must be a list such as SAR/USD=0.2666 SAR/EUR=0.2453";

const alternativeRates = z.string().transform((text, context): AlternativeRates => {
  const rates = new Map<string, AlternativeRate>();
  for (const entry of text.split(/[\s,]+/).filter((part) => part !== "")) {
    const parts = /^([A-Z]{3}\/[A-Z]{3})=(\d{1,9})(?:\.(\d{1,9}))?$/.exec(entry);
    const [, pair = "", whole = "", fraction = ""] = parts ?? [];
    const digits = BigInt(`${whole}${fraction}` || "0");
    if (digits === 0n) {
      context.addIssue({ code: "custom", message: ratesRule });
      return z.NEVER;
    }
    rates.set(pair, { digits, decimals: fraction.length });
  }
  return rates;
});

/** A key that wraps the data keys of stored cards. Its secret does not print itself. */
export interface VaultKey {
  readonly id: string;
  readonly secret: KeyObject;
}

export type VaultKeysReading =
  | { readonly ok: true; readonly keys: readonly VaultKey[] }
  | { readonly ok: false; readonly rule: string };

/**
 * Reads `id:base64-of-32-bytes[,id:…]`. A rule that is broken is told without the secret.
 *
 * @example parseVaultKeys("k2:…,k1:…") // { ok: true, keys: [{ id: "k2", … }, { id: "k1", … }] }
 */
export function parseVaultKeys(text: string): VaultKeysReading {
  const keys: VaultKey[] = [];
  for (const [index, part] of text.split(",").entries()) {
    const named = /^(?<id>[\w.-]{1,64}):(?<secret>[A-Za-z\d+/]{43}=)$/.exec(part.trim())?.groups;
    if (named === undefined) {
      const rule = `must be id:base64-of-32-bytes[,…]; entry ${index + 1} is not`;
      return { ok: false, rule };
    }
    const { id = "", secret = "" } = named;
    const key = createSecretKey(Buffer.from(secret, "base64"));
    if (keys.some((known) => known.id === id)) return { ok: false, rule: `names ${id} twice` };
    const same = keys.find((known) => known.secret.equals(key));
    if (same !== undefined) return { ok: false, rule: `has one key as ${same.id} and ${id}` };
    keys.push({ id, secret: key });
  }
  return { ok: true, keys };
}

const vaultKeys = z.string().transform((text, context): readonly VaultKey[] | undefined => {
  if (text === "") return undefined;
  const reading = parseVaultKeys(text);
  if (reading.ok) return reading.keys;
  context.issues.push({ code: "custom", message: reading.rule, input: undefined });
  return z.NEVER;
});

const networksRule = "must be addresses or networks by commas, such as 10.0.0.5,10.1.0.0/16";

/** An address, or one with the length of its network's prefix. */
function isNetwork(text: string): boolean {
  const [address = "", prefix, ...more] = text.split("/");
  const bits = isIPv4(address) ? 32 : isIPv6(address) ? 128 : 0;
  if (bits === 0 || address.includes("%") || more.length > 0) return false;
  // All addresses (/0) cannot all be proxies.
  return (
    prefix === undefined || (/^[1-9]\d{0,2}$/.test(prefix) && Number.parseInt(prefix, 10) <= bits)
  );
}

const proxyNetworks = z
  .string()
  .transform((text): readonly string[] =>
    text
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== ""),
  )
  .refine((networks) => networks.every(isNetwork), networksRule);

/** Every setting, once: name, type, default, a sentence. `docs/configuration.md` shows this table. */
export const settings = {
  databaseUrl: {
    environment: "DATABASE_URL",
    schema: optionalText.pipe(
      z.url({ protocol: /^postgres(ql)?$/, error: "must be a postgres:// URL" }).optional(),
    ),
    fallback: "",
    about:
      "PostgreSQL 15 or newer. Without it a private PostgreSQL runs in the data folder, and the keys of its profile are printed at the start.",
  },
  dataFolder: {
    environment: "WASL_DATA",
    flag: "--data <folder>",
    schema: z.string().min(1),
    fallback: ".wasl",
    about: "Where the private PostgreSQL keeps its files between runs.",
  },
  host: {
    environment: "WASL_HOST",
    flag: "--host <address>",
    schema: z.string().min(1),
    fallback: "127.0.0.1",
    about: "The address to listen on. Loopback only unless told otherwise.",
  },
  port: {
    environment: "WASL_PORT",
    flag: "--port <number>",
    schema: wholeNumber(65_535),
    fallback: "4400",
    about: "The port to listen on; 0 picks a free one.",
  },
  publicUrl: {
    environment: "WASL_PUBLIC_URL",
    flag: "--public-url <url>",
    schema: optionalText.pipe(
      z.url({ protocol: /^https?$/, error: "must be an http or https URL" }).optional(),
    ),
    fallback: "",
    about: "How browsers reach the gateway; payment page addresses begin with it.",
  },
  trustedProxies: {
    environment: "WASL_TRUSTED_PROXIES",
    schema: proxyNetworks,
    fallback: "",
    about:
      "Proxies in front of the gateway, by commas: `10.0.0.5,10.1.0.0/16`. The last address of " +
      "`X-Forwarded-For` that is none of them is then the shopper's; each must add to that header.",
  },
  strict: {
    environment: "WASL_STRICT",
    flag: "--strict",
    schema: yesNo,
    fallback: "false",
    about: "Apply the rules of a live gateway in the sandbox: no ports, no private callbacks.",
  },
  format: {
    environment: "WASL_FORMAT",
    flag: "--format <text|json>",
    schema: oneOf(["text", "json"]),
    fallback: "text",
    about: "`json` prints one line on stdout once ready; text for people goes to stderr.",
  },
  role: {
    environment: "WASL_ROLE",
    flag: "--role <all|api|worker>",
    schema: oneOf(["all", "api", "worker"]),
    fallback: "all",
    about:
      "`api` serves merchants and shoppers, `worker` delivers: both need DATABASE_URL; `all` does both.",
  },
  operatorToken: {
    environment: "WASL_OPERATOR_TOKEN",
    schema: optionalText.pipe(z.string().min(24, "must have at least 24 characters").optional()),
    fallback: "",
    about:
      "Opens the operators' API; never printed. Without it a node with a private PostgreSQL makes one and prints it.",
  },
  vaultKeys: {
    environment: "WASL_VAULT_KEYS",
    schema: vaultKeys,
    fallback: "",
    about:
      "Keys that seal stored cards: `id:base64-of-32-bytes`, by commas; the first seals, the others still open. Without it the sandbox makes one; with `DATABASE_URL` no card is stored.",
  },
  deliveryRetentionDays: {
    environment: "WASL_DELIVERY_RETENTION_DAYS",
    schema: z.coerce
      .number("must be a whole number from 5 to 3650")
      .int("must be a whole number from 5 to 3650")
      .min(5, "must be at least 5: deliveries are retried for up to 75 hours")
      .max(3650, "must be at most 3650"),
    fallback: "90",
    about: "How many days finished deliveries and their attempts are kept; dropped by whole days.",
  },
  apiLogRetentionDays: {
    environment: "WASL_API_LOG_RETENTION_DAYS",
    schema: wholeNumber(3650).refine((days) => days >= 1, "must be at least 1"),
    fallback: "14",
    about: "How many days the log of API calls is kept; dropped by whole days.",
  },
  egressProxy: {
    environment: "WASL_EGRESS_PROXY",
    schema: optionalText.pipe(
      z
        .url({ protocol: /^https?$/, error: "must be an http or https URL" })
        .refine(canDecode, "has a user name or password whose %-escapes are none")
        .optional(),
    ),
    fallback: "",
    about: "A CONNECT proxy that all deliveries go through; it must refuse private addresses.",
  },
  smtpUrl: {
    environment: "WASL_SMTP_URL",
    schema: optionalText.pipe(
      z
        .url({ protocol: /^smtps?$/, error: "must be an smtp:// or smtps:// URL" })
        .refine(isMailServer, "must be like smtp://user:password@mail.example.com:587")
        .optional(),
    ),
    fallback: "",
    about:
      "The mail server for e-mails to merchants and shoppers; `smtps` is TLS from the start. " +
      "Without it no e-mail is sent.",
  },
  smtpTls: {
    environment: "WASL_SMTP_TLS",
    schema: oneOf(["required", "optional", "off"]),
    fallback: "required",
    about:
      "For `smtp` URLs: whether the connection must change to TLS before anything is sent. A " +
      "server on this computer may do without.",
  },
  mailFrom: {
    environment: "WASL_MAIL_FROM",
    schema: optionalText.pipe(
      z
        .string()
        .refine(
          (text) => readMailSender(text) !== undefined,
          "must be an address, or a name with one: Wasl <pay@example.com>",
        )
        .optional(),
    ),
    fallback: "",
    about: "The sender of e-mails; needed with `WASL_SMTP_URL`.",
  },
  callbackHeadStartMs: {
    environment: "WASL_CALLBACK_HEAD_START_MS",
    schema: wholeNumber(5000),
    fallback: "2000",
    about: "How long the shopper waits at most for the Callback's first attempt, in ms, 0 to 5000.",
  },
  alternativeRates: {
    environment: "WASL_ALTERNATIVE_RATES",
    schema: alternativeRates,
    fallback: "",
    about:
      "What one unit of a currency is in another, for pages that show `alt_currency` beside the " +
      "amount: `SAR/USD=0.2666 SAR/EUR=0.2453`. Nothing is charged by it.",
  },
  logLevel: {
    environment: "WASL_LOG_LEVEL",
    schema: oneOf(["fatal", "error", "warn", "info", "debug", "silent"]),
    fallback: "warn",
    about: "The least severe log line to write, on stderr as JSON.",
  },
} as const satisfies Record<string, Setting>;

export type Config = { [Key in keyof typeof settings]: z.output<(typeof settings)[Key]["schema"]> };

export type Overrides = Partial<Record<keyof typeof settings, string>>;

/** Thrown with every fault of the configuration at once. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/**
 * Reads all settings: default, then environment, then command line, each stronger than the last.
 *
 * @throws ConfigError naming every faulty setting and its rule
 * @example readConfig({ WASL_PORT: "4455" }).port // 4455
 */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>>,
  overrides: Overrides = {},
): Config {
  const values: Record<string, unknown> = {};
  const faults: string[] = [];
  for (const [key, setting] of Object.entries<Setting>(settings)) {
    const given = overrides[key as keyof Overrides] ?? environment[setting.environment];
    const reading = setting.schema.safeParse(given ?? setting.fallback);
    if (reading.success) values[key] = reading.data;
    else faults.push(`${nameOf(setting)} ${reading.error.issues[0]?.message ?? "is invalid"}`);
  }
  if (faults.length === 0) faults.push(...faultsTogether(values as Config));
  if (faults.length > 0) throw new ConfigError(faults.join("\n"));
  return values as Config;
}

/** What no setting can know by itself. */
function faultsTogether({ smtpUrl, mailFrom, role, databaseUrl }: Config): string[] {
  const faults: string[] = [];
  if (smtpUrl !== undefined && mailFrom === undefined) {
    faults.push(`${settings.mailFrom.environment} is needed with ${settings.smtpUrl.environment}`);
  }
  if (role !== "all" && databaseUrl === undefined) {
    const why = "its other half runs elsewhere, and a private PostgreSQL is for one machine alone";
    faults.push(`${nameOf(settings.role)} ${role} needs DATABASE_URL: ${why}`);
  }
  return faults;
}

/** By its flag and its variable, since either may have been used. */
function nameOf({ flag, environment }: Setting): string {
  return flag === undefined ? environment : `${flag.split(" ")[0]} (${environment})`;
}

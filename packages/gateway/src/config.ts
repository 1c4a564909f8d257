import { z } from "zod";

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
const yesNo = z.enum(["true", "false"]).transform((text) => text === "true");
const optionalText = z.string().transform((text) => (text === "" ? undefined : text));

function canDecode(url: string): boolean {
  const { username, password } = new URL(url);
  try {
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}

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
    schema: z.enum(["text", "json"]),
    fallback: "text",
    about: "`json` prints one line on stdout once ready; text for people goes to stderr.",
  },
  role: {
    environment: "WASL_ROLE",
    flag: "--role <all|api|worker>",
    schema: z.enum(["all", "api", "worker"]),
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
  callbackHeadStartMs: {
    environment: "WASL_CALLBACK_HEAD_START_MS",
    schema: wholeNumber(5000),
    fallback: "2000",
    about: "How long the shopper waits at most for the Callback's first attempt, in ms, 0 to 5000.",
  },
  logLevel: {
    environment: "WASL_LOG_LEVEL",
    schema: z.enum(["fatal", "error", "warn", "info", "debug", "silent"]),
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
  const { role } = values as Partial<Config>;
  const isPrivate = "databaseUrl" in values && values["databaseUrl"] === undefined;
  if (role !== undefined && role !== "all" && isPrivate) {
    const why = "its other half runs elsewhere, and a private PostgreSQL is for one machine alone";
    faults.push(`${nameOf(settings.role)} ${role} needs DATABASE_URL: ${why}`);
  }
  if (faults.length > 0) throw new ConfigError(faults.join("\n"));
  return values as Config;
}

/** By its flag and its variable, since either may have been used. */
function nameOf({ flag, environment }: Setting): string {
  return flag === undefined ? environment : `${flag.split(" ")[0]} (${environment})`;
}

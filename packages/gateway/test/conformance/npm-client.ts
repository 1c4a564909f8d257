import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

export type ClientFunction = "createPaymentPage" | "validatePayment" | "queryTransaction";

/** Profile id, server key and region, as the client's `setConfig` takes them. */
export type ClientConfig = readonly [profileId: string, serverKey: string, region: string];

export interface ClientCall {
  readonly id: number;
  readonly config: ClientConfig;
  readonly name: ClientFunction;
  /** All but the callback. */
  readonly parameters: readonly unknown[];
}

export interface ClientAnswer {
  readonly id: number;
  readonly value: unknown;
}

/** npm's `paytabs_pt2`, unmodified, in a process of its own. */
export interface NpmClient {
  /** Calls one of the client's functions and returns what its callback got. */
  // What the client passes on, so the tests say what they expect of it.
  // oxlint-disable-next-line typescript/no-explicit-any
  call(config: ClientConfig, name: ClientFunction, ...parameters: readonly unknown[]): Promise<any>;
  close(): Promise<void>;
}

export interface NpmClientOptions {
  readonly hosts: readonly string[];
  /** Of the TLS server on loopback that the hosts are led to. */
  readonly port: number;
  /** A PEM file; without it the client trusts public authorities only. */
  readonly authorityFile?: string;
}

const answerMsMax = 10_000;

export function startNpmClient({ hosts, port, authorityFile }: NpmClientOptions): NpmClient {
  const preload = join(import.meta.dirname, "npm-client-preload.ts");
  const child = fork(join(import.meta.dirname, "npm-client-child.ts"), {
    execArgv: ["--import", preload],
    // Keeps `undefined`, which the client's callers pass for what they do not know.
    serialization: "advanced",
    env: {
      LED_HOSTS: hosts.join(" "),
      LED_PORT: String(port),
      ...(authorityFile === undefined ? {} : { NODE_EXTRA_CA_CERTS: authorityFile }),
    },
  });
  const waiting = new Map<number, (answer: ClientAnswer | undefined) => void>();
  child.on("message", (answer: ClientAnswer) => waiting.get(answer.id)?.(answer));
  child.once("exit", () => {
    for (const settle of waiting.values()) settle(undefined);
  });
  let calls = 0;
  return {
    call(config, name, ...parameters) {
      calls += 1;
      const id = calls;
      child.send({ id, config, name, parameters } satisfies ClientCall);
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => waiting.get(id)?.(undefined), answerMsMax);
        waiting.set(id, (answer) => {
          clearTimeout(timer);
          waiting.delete(id);
          if (answer === undefined) reject(new Error(`${name} did not call back`));
          else resolve(answer.value);
        });
      });
    },
    async close() {
      const ended = once(child, "exit");
      child.disconnect();
      await ended;
    },
  };
}

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { BreakerPolicy } from "../../src/deliveries/breaker.ts";
import type { Limits } from "../../src/deliveries/limits.ts";
import { until } from "./dispatching.ts";

/** What a node's process is to do; see `failures/deliveries-child.ts`. */
export interface NodePlan {
  readonly does:
    | "commits one and dies"
    | "sends one"
    | "commits and sends"
    | "commits for others"
    | "sends for others";
  readonly databaseUrl: string;
  /** Where to: each delivery goes to one of them in turn. */
  readonly receivers: readonly string[];
  /** How many profiles it commits for: each has a lane of its own at each receiver. */
  readonly profiles?: number;
  /** How many deliveries it commits at once, and how long it rests after that. */
  readonly atOnce?: number;
  readonly pauseMs?: number;
  readonly retryDelaysMs?: readonly number[];
  readonly connectionsMax?: number;
  readonly limits?: Partial<Limits>;
  readonly breaker?: Partial<BreakerPolicy>;
}

export interface NodeProcess {
  readonly child: ChildProcess;
  /** The lines it has written, in order. */
  readonly lines: readonly string[];
  readonly ended: Promise<unknown>;
  /** Waits until a line contains this. */
  said(text: string): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
  /** Asks it to stop and waits for its end. */
  stop(): Promise<void>;
}

const nodes = new Set<NodeProcess>();

/** Starts a node as a process of its own. It ends with `killNodes` at the latest. */
export function startNode(plan: NodePlan, nodeOptions: readonly string[] = []): NodeProcess {
  const script = join(import.meta.dirname, "../failures/deliveries-child.ts");
  const child = spawn(process.execPath, [...nodeOptions, script, JSON.stringify(plan)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    let rest = "";
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      const [last = "", ...complete] = (rest + chunk).split("\n").toReversed();
      rest = last;
      lines.push(...complete.toReversed());
    });
  }
  const ended = once(child, "close");
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await ended;
  };
  const node: NodeProcess = {
    child,
    lines,
    ended,
    said: (text) => until(() => lines.some((line) => line.includes(text)), 20_000),
    kill: () => end("SIGKILL"),
    stop: () => end("SIGTERM"),
  };
  nodes.add(node);
  return node;
}

/** For `afterEach`: no process stays behind, also when the test failed. */
export async function killNodes(): Promise<void> {
  await Promise.all([...nodes].map((node) => node.kill()));
  nodes.clear();
}

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** A process that does not end when told to is killed after this, in ms. */
const endMsMax = 15_000;

interface Call {
  readonly call: number;
  readonly method: string;
  readonly argument: unknown;
}

interface Reply {
  readonly call: number;
  readonly result?: unknown;
  readonly error?: string;
}

/** Another Node of ours: it answers calls, and ends with us. */
export interface Child<Methods> {
  readonly pid: number;
  call<Name extends keyof Methods & string>(
    method: Name,
    ...argument: ArgumentOf<Methods[Name]>
  ): Promise<ResultOf<Methods[Name]>>;
  end(): Promise<void>;
}

type ArgumentOf<Method> = Method extends (...argument: infer Argument) => unknown
  ? Argument
  : never;
type ResultOf<Method> = Method extends (...argument: never) => infer Result
  ? Awaited<Result>
  : never;

interface Waiter {
  // What comes back is what the method's type says: both sides are compiled together.
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

const running = new Set<ChildProcess>();

/** The last way out: nothing that was started here outlives this process. */
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/**
 * Starts a file of this folder as a process of its own.
 *
 * @param profileFolder when given, V8 writes a CPU profile of the process there
 * @example
 * const receiver = startChild<ReceiverMethods>("receiver.ts");
 * const { ports } = await receiver.call("listen", { ports: 1, hang: false });
 */
export function startChild<Methods>(
  file: string,
  options: { readonly profileFolder?: string | undefined } = {},
): Child<Methods> {
  const { profileFolder } = options;
  const child = fork(join(import.meta.dirname, file), [], {
    serialization: "advanced",
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    execArgv: profileFolder ? ["--cpu-prof", `--cpu-prof-dir=${profileFolder}`] : [],
  });
  running.add(child);
  const waiting = new Map<number, Waiter>();
  const ended = once(child, "exit");
  child.once("exit", () => {
    running.delete(child);
    for (const waiter of waiting.values()) waiter.reject(new Error(`${file} ended too early`));
  });
  child.on("message", ({ call, result, error }: Reply) => {
    const waiter = waiting.get(call);
    waiting.delete(call);
    if (error === undefined) waiter?.resolve(result as never);
    else waiter?.reject(new Error(`${file}: ${error}`));
  });
  let calls = 0;
  return {
    pid: child.pid ?? 0,
    call: (method, ...[argument]) =>
      new Promise((resolve, reject) => {
        calls += 1;
        waiting.set(calls, { resolve, reject });
        child.send({ call: calls, method, argument } satisfies Call);
      }),
    async end() {
      if (child.connected) child.disconnect();
      const timer = setTimeout(() => child.kill("SIGKILL"), endMsMax);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** The other side: answers the calls of the process that started this one, and ends with it. */
export function serveParent(
  methods: Readonly<Record<string, (argument: never) => unknown>>,
  atEnd: () => Promise<void> = () => Promise.resolve(),
): void {
  process.on("message", ({ call, method, argument }: Call) => {
    const answer = (reply: Omit<Reply, "call">) => process.send?.({ call, ...reply });
    Promise.resolve()
      .then(() => methods[method]?.(argument as never))
      .then(
        (result) => answer({ result }),
        (error: unknown) => answer({ error: textOf(error) }),
      );
  });
  process.once("disconnect", () => {
    const hurry = setTimeout(() => process.exit(1), endMsMax);
    atEnd().then(
      () => {
        clearTimeout(hurry);
        process.exit(0);
      },
      () => process.exit(1),
    );
  });
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

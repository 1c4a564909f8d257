import net from "node:net";
import { once } from "node:events";
import { Worker } from "node:worker_threads";

/** Listens, tells its port, and never runs again: whoever connects is accepted by nobody. */
const listener = `
const { parentPort } = require("node:worker_threads");
const server = require("node:net").createServer();
server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
  parentPort.postMessage(server.address().port);
  setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
});
`;

export interface FullPort {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * A port of this machine that does not answer to further connections, as behind a firewall that
 * drops packets: its queue of connections is full.
 */
export async function startFullPort(): Promise<FullPort> {
  const worker = new Worker(listener, { eval: true });
  const [port] = (await once(worker, "message")) as [number];
  const fillers: net.Socket[] = [];
  for (let full = false; !full;) {
    const socket = net.connect(port, "127.0.0.1").on("error", () => undefined);
    fillers.push(socket);
    full = await Promise.race([
      once(socket, "connect").then(() => false),
      // On this machine a connection that is accepted at all is accepted in no time.
      new Promise<boolean>((resolve) => {
        setTimeout(() => resolve(true), 200);
      }),
    ]);
  }
  return {
    port,
    close: async () => {
      for (const socket of fillers) socket.destroy();
      await worker.terminate();
    },
  };
}

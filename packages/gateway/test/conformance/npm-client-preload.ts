/**
 * Loaded before a published client: leads the hosts it knows to the test's TLS server, and no other
 * host anywhere. The client itself stays as it is, and TLS is checked as ever.
 */
import dns from "node:dns";
import net from "node:net";

const hosts = new Set((process.env["LED_HOSTS"] ?? "").split(" "));
const port = Number.parseInt(process.env["LED_PORT"] ?? "", 10);

type LookupDone = (
  error: NodeJS.ErrnoException | null,
  address?: string | readonly { readonly address: string; readonly family: 4 }[],
  family?: 4,
) => void;

function lookup(host: string, given: dns.LookupOptions | LookupDone, last?: LookupDone): void {
  const done = typeof given === "function" ? given : last;
  const all = typeof given === "object" && given.all === true;
  if (!hosts.has(host)) {
    done?.(Object.assign(new Error(`${host} is not led anywhere`), { code: "ENOTFOUND" }));
  } else if (all) done?.(null, [{ address: "127.0.0.1", family: 4 }]);
  else done?.(null, "127.0.0.1", 4);
}

dns.lookup = lookup as typeof dns.lookup;

interface Destination {
  readonly host?: string;
  readonly port?: number | string;
}

type Connect = (...given: unknown[]) => net.Socket;

// `net.connect` hands its arguments over in order, as a list; the agent of https does the same.
const connect = Reflect.get(net.Socket.prototype, "connect") as Connect;
net.Socket.prototype.connect = function led(this: net.Socket, ...given: unknown[]) {
  const options = (Array.isArray(given[0]) ? given[0][0] : given[0]) as Destination;
  if (hosts.has(options.host ?? "") && String(options.port) === "443") {
    Object.assign(options, { port });
  }
  return Reflect.apply(connect, this, given);
};

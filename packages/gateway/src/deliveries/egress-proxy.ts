import net, { isIP } from "node:net";
import tls from "node:tls";
import { asConnectError, ConnectError } from "./connect-error.ts";
import { OwnFault, ownFaultCodes } from "./own-fault.ts";
import { faultOfProxyAnswer, type ProxyAnswer, readProxyAnswer } from "./proxy-answer.ts";
import { quiet, reached } from "./socket-steps.ts";
import { failureCodes } from "./verdict.ts";

/** How long the proxy may take to show that it is alive. */
const pulseMsMax = 2000;

/**
 * The proxy through which all deliveries leave, such as stripe/smokescreen: one `CONNECT` for each
 * connection, for http and https alike, so that the proxy sees no content and TLS ends at the
 * merchant's server.
 *
 * Names are resolved by the proxy. **It must refuse private addresses**: that is its job then, and
 * we cannot see what a name leads to. Literal addresses are still judged before the proxy is asked.
 *
 * The proxy itself is trusted by configuration: it is dialled directly, wherever it is. Its faults
 * are `OwnFault`s and never the merchant's.
 */
export class EgressProxy {
  readonly #url: URL;
  /** A finished line of the head, or nothing. */
  readonly #credentials: readonly string[];
  readonly #ca: readonly string[] | undefined;
  readonly #pulseMsMax: number;
  #opened = false;
  #pulse: Promise<boolean> | undefined;

  /**
   * @param url `http://` or `https://`, host, port; a user name and password are sent as Basic
   * credentials, and appear in no message
   * @param options `ca`: authorities to trust in place of the known ones; `connectMsMax`: how long
   * a connection may take
   * @throws TypeError for another scheme, URIError when a password's escapes are none
   */
  constructor(
    url: URL,
    options: { readonly ca?: readonly string[] | undefined; readonly connectMsMax: number },
  ) {
    if (url.protocol !== "http:" && url.protocol !== "https:") {
      throw new TypeError("an egress proxy's URL must begin with http:// or https://");
    }
    this.#url = url;
    this.#credentials = credentialsOf(url);
    this.#ca = options.ca;
    this.#pulseMsMax = Math.min(options.connectMsMax, pulseMsMax);
  }

  /**
   * Opens a tunnel to a host.
   *
   * @throws OwnFault for whatever is the proxy's or may be; ConnectError for the destination's
   * @example const socket = await proxy.open("shop.example", 443, performance.now() + 5000);
   */
  async open(host: string, port: number, endsMs: number): Promise<net.Socket> {
    const authority = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
    const { socket, answer } = await this.#ask("CONNECT", authority, endsMs);
    if (answer.status >= 200 && answer.status <= 299) {
      this.#opened = true;
      return socket;
    }
    socket.destroy();
    throw faultOfProxyAnswer(answer, this.#opened);
  }

  /**
   * Whether the proxy is at work. Silence and a cut connection behind a proxy have two possible
   * causes; they are the destination's only if the proxy answers for itself (RFC 9110, 7.6.2).
   */
  isAlive(): Promise<boolean> {
    this.#pulse ??= this.#feelPulse().finally(() => {
      this.#pulse = undefined;
    });
    return this.#pulse;
  }

  async #feelPulse(): Promise<boolean> {
    try {
      // Any answer will do, a refusal included.
      const { socket } = await this.#ask("OPTIONS", "*", performance.now() + this.#pulseMsMax);
      socket.destroy();
      return true;
    } catch {
      return false;
    }
  }

  async #ask(
    method: "CONNECT" | "OPTIONS",
    target: string,
    endsMs: number,
  ): Promise<{ socket: net.Socket; answer: ProxyAnswer }> {
    const socket = await this.#dial(endsMs);
    socket.write(this.#head(method, target));
    try {
      return { socket, answer: await readProxyAnswer(socket, endsMs) };
    } catch (error) {
      socket.destroy();
      // Silence is judged by whoever asks, with the help of `isAlive`.
      if (error instanceof ConnectError && error.code === failureCodes.connectTimeout) throw error;
      throw ownFault("gave no answer", error);
    }
  }

  async #dial(endsMs: number): Promise<net.Socket> {
    const { protocol, hostname, port } = this.#url;
    const secure = protocol === "https:";
    const host = hostname.replace(/^\[(.*)\]$/, "$1");
    const to = { host, port: port === "" ? (secure ? 443 : 80) : Number.parseInt(port, 10) };
    const socket = quiet(
      secure
        ? tls.connect({
            ...to,
            servername: isIP(host) === 0 ? host : "",
            rejectUnauthorized: true,
            ...(this.#ca && { ca: [...this.#ca] }),
          })
        : net.connect(to),
    );
    socket.setNoDelay(true);
    try {
      await reached(socket, secure ? "secureConnect" : "connect", endsMs, "connect");
    } catch (error) {
      throw ownFault("cannot be reached", error);
    }
    return socket;
  }

  #head(method: "CONNECT" | "OPTIONS", target: string): string {
    const lines = [
      `${method} ${target} HTTP/1.1`,
      `Host: ${method === "CONNECT" ? target : this.#url.host}`,
      ...(method === "OPTIONS" ? ["Max-Forwards: 0", "Connection: close"] : []),
      ...this.#credentials,
    ];
    return `${lines.join("\r\n")}\r\n\r\n`;
  }
}

function credentialsOf({ username, password }: URL): string[] {
  if (username === "" && password === "") return [];
  const text = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return [`Proxy-Authorization: Basic ${Buffer.from(text).toString("base64")}`];
}

function ownFault(what: string, error: unknown): OwnFault {
  if (error instanceof OwnFault) return error;
  const { code, message } = asConnectError("connect", error);
  return new OwnFault(ownFaultCodes.egressProxy, `the egress proxy ${what}: ${code}, ${message}`);
}

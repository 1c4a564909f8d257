import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { startReceiver } from "../../test/support/receiver.ts";
import { attempt, held, useSending } from "../../test/support/sending.ts";
import { asConnectError, ConnectError } from "./connect-error.ts";
import { isOwnCode, OwnFault } from "./own-fault.ts";
import { createPublicResolver } from "./resolve.ts";

const { sockets } = useSending();

function failed(code: string, address?: string): Error {
  return Object.assign(new Error(`connect ${code}`), { code, ...(address && { address }) });
}

describe("a failure is ours", () => {
  it.each([
    ["connect", "EMFILE", 4],
    ["connect", "ENFILE", 6],
    ["connect", "ENOBUFS", 4],
    ["connect", "ENOMEM", 4],
    ["connect", "EADDRNOTAVAIL", 4],
    ["connect", "EADDRINUSE", 4],
    ["connect", "ENETDOWN", 4],
    ["connect", "EPERM", 4],
    ["connect", "EACCES", 4],
    ["dns", "EMFILE", 0],
    ["exchange", "ENOBUFS", 0],
    ["exchange", "UND_ERR_INVALID_ARG", 0],
  ] as const)("in %s by %s over IPv%i", (phase, code, family) => {
    expect(isOwnCode(phase, code, family)).toBe(true);
  });

  it.each([
    ["connect", "ECONNREFUSED", 4],
    ["connect", "ENETUNREACH", 4],
    ["connect", "ENETUNREACH", 6],
    ["connect", "EHOSTUNREACH", 4],
    ["connect", "ETIMEDOUT", 4],
    ["connect", "EADDRNOTAVAIL", 6],
    ["dns", "ENOTFOUND", 0],
    ["dns", "ESERVFAIL", 0],
    ["dns", "ETIMEOUT", 0],
    ["dns", "EAI_AGAIN", 0],
    // Unless our name servers refuse everything, which the resolver finds out.
    ["dns", "ECONNREFUSED", 0],
    ["dns", "EREFUSED", 0],
    ["tls", "ECONNRESET", 0],
    ["exchange", "ECONNRESET", 0],
    ["exchange", "UND_ERR_SOCKET", 0],
  ] as const)("and not in %s by %s over IPv%i", (phase, code, family) => {
    expect(isOwnCode(phase, code, family)).toBe(false);
  });

  it("when it is so for each address, and the server's when it is so for one", () => {
    const ours = [failed("EMFILE", "1.1.1.1"), failed("EADDRNOTAVAIL", "1.0.0.1")];
    expect(asConnectError("connect", new AggregateError(ours))).toBeInstanceOf(OwnFault);
    const theirs = new AggregateError([...ours, failed("ECONNREFUSED", "::1")]);
    const error = asConnectError("connect", theirs);
    expect(error).toBeInstanceOf(ConnectError);
    expect(error.code).toBe("ECONNREFUSED");
    expect(error.message).toContain("connect EMFILE; connect EADDRNOTAVAIL; connect ECONNREFUSED");
  });
});

describe("an attempt that fails by our fault has no verdict", () => {
  it("when nothing listens at our name server's port", async () => {
    const gone = await startReceiver();
    await gone.close();
    const by = sockets({ resolvePublic: createPublicResolver([`127.0.0.1:${gone.port}`]) });
    const sent = attempt(held("https://shop.test/cb", false), by);
    await expect(sent).rejects.toMatchObject({ name: "OwnFault", code: "WASL_NAME_SERVERS" });
  });

  it("when a header cannot be sent as it stands", async () => {
    const delivery = { ...held("http://127.0.0.1:9/cb"), headers: { "X-Name": "a\nb" } };
    const sent = attempt(delivery, sockets());
    await expect(sent).rejects.toMatchObject({ name: "OwnFault", code: "UND_ERR_INVALID_ARG" });
  });

  it.skipIf(process.platform === "win32")("when the process has no file left", async () => {
    const shop = await startReceiver();
    const script = `
      import { openSync } from "node:fs";
      import { attempt, held, newSockets } from ${JSON.stringify(import.meta.resolve("../../test/support/attempts.ts"))};
      const sockets = newSockets();
      const url = ${JSON.stringify(`${shop.url}/cb`)};
      // Everything that a first attempt loads is loaded now.
      await attempt(held(url), sockets);
      await sockets.close();
      try { for (;;) openSync("/dev/null"); } catch {}
      const fault = await attempt(held(url), newSockets()).catch((error) => error);
      process.stdout.write(fault.name + " " + fault.code);
      process.exit();`;
    const limited = 'ulimit -n 64 && exec "$0" --input-type=module -e "$1"';
    const child = spawn("sh", ["-c", limited, process.execPath, script]);
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
    await once(child, "close");
    await shop.close();
    expect(said).toBe("OwnFault EMFILE");
  });
});

import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "node:tls";
import { issueCertificate } from "./certificates.ts";

/** What ends TLS before a gateway: the gateway itself speaks plain HTTP behind it. */
export interface TlsFront {
  readonly port: number;
  /** PEM of the authority that signed its certificate, as a file. */
  readonly authorityFile: string;
  /** Handshakes that succeeded, by the name the client asked for. */
  readonly handshakes: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

export async function startTlsFront(
  hosts: readonly string[],
  gatewayUrl: string,
): Promise<TlsFront> {
  const authority = issueCertificate({ commonName: "Test CA", isAuthority: true });
  const { cert, key } = issueCertificate({
    commonName: "Test gateway",
    dnsNames: hosts,
    issuer: authority,
  });
  const folder = await mkdtemp(join(tmpdir(), "wasl-ca-"));
  const authorityFile = join(folder, "authority.pem");
  await writeFile(authorityFile, authority.cert);

  const target = new URL(gatewayUrl);
  const handshakes = new Map<string, number>();
  const sockets = new Set<Socket>();
  const server = createServer({ cert, key }, (socket) => {
    const name = String(socket.servername);
    handshakes.set(name, (handshakes.get(name) ?? 0) + 1);
    const behind = connect(Number.parseInt(target.port, 10), target.hostname);
    for (const each of [socket, behind]) {
      sockets.add(each);
      each.on("error", () => undefined);
      each.on("close", () => sockets.delete(each));
    }
    socket.on("close", () => behind.destroy());
    behind.on("close", () => socket.end());
    socket.pipe(behind).pipe(socket);
  });
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    authorityFile,
    handshakes,
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
      await rm(folder, { recursive: true });
    },
  };
}

import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import Fastify, { type FastifyInstance } from "fastify";
import { describe, expect, it } from "vitest";
import { systemClock } from "../clock.ts";
import { createPool } from "../database/pool.ts";
import { createMetrics } from "./metrics.ts";
import { type NodePhase, operatingRoutes } from "./operating-routes.ts";

/** A node whose database takes connections and says nothing. */
async function withSilentDatabase(
  phase: NodePhase,
  test: (app: FastifyInstance, connections: ReadonlySet<Socket>) => Promise<void>,
): Promise<void> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    sockets.add(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const pool = createPool(`postgres://wasl@127.0.0.1:${port}/wasl`);
  const app = Fastify();
  const metrics = createMetrics({ role: "all", pools: { payments: pool, deliveries: pool } });
  await operatingRoutes(app, {
    pool,
    clock: systemClock,
    metrics,
    phase: () => phase,
    operatorToken: undefined,
    isPublic: false,
  });
  await test(app, sockets);
  await app.close();
  for (const socket of sockets) socket.destroy();
  server.close();
  await pool.end();
}

describe("a node is not ready", () => {
  it.each(["starting", "stopping"] as const)("while it is %s, whatever its database", (phase) =>
    withSilentDatabase(phase, async (app, connections) => {
      const reply = await app.inject("/health/ready");
      expect([reply.statusCode, reply.json()]).toEqual([503, { ready: false, reason: phase }]);
      expect((await app.inject("/health/live")).json()).toEqual({ live: true });
      expect(connections.size).toBe(0);
    }),
  );

  it("while its database is silent; all who ask share one question", () =>
    withSilentDatabase("running", async (app, connections) => {
      const replies = await Promise.all([1, 2, 3].map(() => app.inject("/health/ready")));
      for (const reply of replies) {
        expect([reply.statusCode, reply.json()]).toEqual([
          503,
          { ready: false, reason: "database" },
        ]);
      }
      expect(connections.size).toBe(1);
    }));
});

it("metrics come without the database's part while it is silent", () =>
  withSilentDatabase("running", async (app) => {
    const reply = await app.inject({ url: "/metrics", headers: { host: "localhost" } });
    expect(reply.statusCode).toBe(200);
    expect(reply.body).toContain("wasl_database_up 0\n");
    expect(reply.body).not.toContain("\nwasl_deliveries_exhausted ");
  }));

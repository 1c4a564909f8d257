import type { FastifyInstance } from "fastify";
import type { Pool } from "pg";

export interface OperatingServices {
  readonly pool: Pool;
}

/** What whoever runs a node asks it: whether it lives, and whether it can work. */
export async function operatingRoutes(
  app: FastifyInstance,
  { pool }: OperatingServices,
): Promise<void> {
  app.get("/health/live", () => ({ live: true }));
  app.get("/health/ready", async (_request, reply) => {
    const ready = await pool.query("select 1").then(
      () => true,
      () => false,
    );
    return reply.code(ready ? 200 : 503).send({ ready });
  });
}

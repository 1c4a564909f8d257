import Fastify from "fastify";
import { Pool } from "pg";
import { serveParent } from "./processes.ts";

/** What the gateway is compared with: the same server and driver, one durable row per request. */
const methods = { open };

export type BareServerMethods = typeof methods;

const app = Fastify();
let pool: Pool | undefined;

async function open({ url }: { readonly url: string }): Promise<string> {
  // As many connections as the gateway has for payments.
  const opened = new Pool({ connectionString: url, max: 20 });
  pool = opened;
  await opened.query(
    "create table request (id bigint generated always as identity primary key, body jsonb not null)",
  );
  app.post("/request", async (request) => {
    const { rows } = await opened.query<{ id: string }>({
      name: "insert",
      text: "insert into request (body) values ($1) returning id",
      values: [JSON.stringify(request.body)],
    });
    return { id: rows[0]?.id };
  });
  return app.listen({ host: "127.0.0.1", port: 0 });
}

serveParent(methods, async () => {
  await app.close();
  await pool?.end();
});

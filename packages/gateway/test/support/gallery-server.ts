import Fastify from "fastify";
import { assetCaching, loadAssets } from "../../src/http/assets.ts";
import { newNonce, sendPage } from "../../src/http/page-reply.ts";
import { pageGallery } from "./page-gallery.ts";

/** Serves every state at `/<language>/<name>` with the real headers, on a free loopback port. */
export async function serveGallery() {
  const assets = loadAssets();
  const pages = pageGallery(assets);
  const app = Fastify();
  for (const { path, type, body } of assets.all) {
    app.get(path, (_request, reply) =>
      reply.header("cache-control", assetCaching).type(type).send(body),
    );
  }
  for (const { name, html } of pages) {
    for (const language of ["en", "ar"] as const) {
      app.get(`/${language}/${name}`, (_request, reply) => {
        const nonce = newNonce();
        const formOrigin = "https://shop.example";
        return sendPage(reply, { status: 200, nonce, html: html(language, nonce), formOrigin });
      });
    }
  }
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  return { url, names: pages.map(({ name }) => name), close: () => app.close() };
}

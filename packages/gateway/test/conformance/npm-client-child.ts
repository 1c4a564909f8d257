/** The process of the published client: calls what it is asked to call, and passes the answers on. */
import client from "paytabs_pt2";
import type { ClientAnswer, ClientCall } from "./npm-client.ts";

process.on("message", ({ id, config, name, parameters }: ClientCall) => {
  client.setConfig(...config);
  const reply = (value: unknown): void => {
    process.send?.({ id, value } satisfies ClientAnswer);
  };
  // The client's own order: its callback comes before what was added later, such as `framed`.
  const place = name === "createPaymentPage" ? 7 : parameters.length;
  client[name](...parameters.slice(0, place), reply, ...parameters.slice(place));
});

import { monotonicMs } from "./clock.ts";
import { deliveryAt } from "./load.ts";
import {
  type ClosedLoop,
  type NodeOptions,
  PayingNode,
  type Sent,
  type Traffic,
} from "./paying-node.ts";
import { Poster } from "./post.ts";
import { serveParent } from "./processes.ts";
import { type Arrivals, arrivalTimes, openLoop } from "./traffic.ts";

/** A process that is a node of the gateway, or only posts. */
const methods = {
  open(options: NodeOptions): void {
    node = new PayingNode(options);
  },
  pay: (traffic: Traffic) => opened().pay(traffic),
  payPlainly: (arrivals: Arrivals) => opened().payPlainly(arrivals),
  payInTurn: (options: ClosedLoop) => opened().payInTurn(options),
  postBarely,
};

export type NodeMethods = typeof methods;

let node: PayingNode | undefined;

function opened(): PayingNode {
  if (node === undefined) throw new Error("the node is not open");
  return node;
}

let poster: Poster | undefined;

/** The same traffic without any gateway: undici alone. */
function postBarely({ healthy, ...arrivals }: Traffic): Promise<Sent[]> {
  const load = { ...healthy, count: Number.POSITIVE_INFINITY };
  const posting = (poster ??= new Poster(load));
  return openLoop(arrivalTimes(arrivals), async (plannedMs, index) => {
    const delivery = deliveryAt(load, index);
    const committedMs = monotonicMs();
    await posting.post(delivery);
    return { id: delivery.id, plannedMs, committedMs, dead: false };
  });
}

serveParent(methods, async () => {
  await node?.close();
  await poster?.close();
});

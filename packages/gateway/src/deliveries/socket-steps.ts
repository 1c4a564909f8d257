import type net from "node:net";
import { ConnectError, type ConnectPhase } from "./connect-error.ts";
import { failureCodes } from "./verdict.ts";

type Step = "connect" | "secureConnect" | "readable";

/**
 * Waits for a socket to come one step further. Its error, its end or the time end the waiting; the
 * socket is destroyed then.
 *
 * @param endsMs a reading of the monotonic clock
 * @example await reached(socket, "connect", performance.now() + 5000, "connect");
 */
export function reached(
  socket: net.Socket,
  step: Step,
  endsMs: number,
  phase: ConnectPhase,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error) => {
      clearTimeout(timer);
      socket.off(step, onStep).off("error", settle).off("close", onClose);
      if (!error) return resolve();
      socket.destroy();
      return reject(error);
    };
    const onStep = () => settle();
    const onClose = () => settle(closed(phase));
    const timer = setTimeout(() => settle(tooLate(phase)), Math.max(1, endsMs - performance.now()));
    socket.on(step, onStep).on("error", settle).on("close", onClose);
    // Between two steps nobody listens: what happened then is found out now.
    if (socket.destroyed) settle(socket.errored ?? closed(phase));
  });
}

/** Keeps an error between two steps from ending the process; the next step finds it. */
export function quiet<Kind extends net.Socket>(socket: Kind): Kind {
  socket.on("error", () => undefined);
  return socket;
}

function closed(phase: ConnectPhase): ConnectError {
  return new ConnectError(phase, "ECONNRESET", "the connection was closed");
}

function tooLate(phase: ConnectPhase): ConnectError {
  const what = phase === "tls" ? "no TLS connection" : "no connection";
  return new ConnectError(phase, failureCodes.connectTimeout, `${what} within the time to connect`);
}

import { leaseMs } from "./delivery.ts";

/** Every bound of a node's dispatcher, with its default. Tests make some of them small. */
export const defaultLimits = {
  /** For a whole attempt, the answer's body included: slow shops exist (protocol.md 7). */
  attemptMsMax: 30_000,
  /** For name, connection and handshake together. */
  connectMsMax: 5000,
  /** Connections of the node, idle ones included. */
  socketsMax: 2048,
  /** Attempts on the wire at once, of the node and of one lane. */
  inFlightMax: 1024,
  /**
   * Probes have these places beside, and no others: a node that is busy still finds out who is back,
   * and servers that hang when they are asked take nobody's place.
   */
  probesMax: 128,
  inFlightPerLaneMax: 8,
  /** The same for a lane that has not answered this node yet. */
  inFlightUnprovenMax: 2,
  /** Deliveries of one lane that wait in memory; the others wait in the database. */
  queuedPerLaneMax: 512,
  /**
   * The same for all lanes of a profile: a merchant whose callbacks name hundreds of hosts that hang
   * leaves places to others.
   */
  inFlightPerProfileMax: 256,
  queuedPerProfileMax: 2048,
  /**
   * With this many on the wire a node is crowded, and a profile gets a place only while it has fewer
   * than these: what is left is for those who have few, however many merchants hang.
   */
  crowdedFrom: 768,
  inFlightPerProfileCrowdedMax: 8,
  /** What waits of a lane is given back when nothing of it went on or off the wire for this long. */
  stillMsMax: 5000,
  /** Deliveries this node holds leases of, and their bodies' bytes. */
  heldMax: 8192,
  heldBytesMax: 64 * 1024 * 1024,
  /** Attempts made but not yet written; at this many, no further one is begun. */
  unrecordedMax: 2048,
  /** How much one claim takes of a lane and in all, and how many lanes it visits. */
  claimPerLaneMax: 256,
  claimRowsMax: 1024,
  claimLanesMax: 128,
  /** The backlog is looked at this often while it gives work, and this often while it does not. */
  pollMsMin: 250,
  pollMsMax: 1000,
  /** Leases of dead nodes are looked for this often, and this many are ended at a time. */
  sweepMs: 1000,
  sweepRowsMax: 1000,
  /**
   * A delivery that could have been sent for this long, had its lane not rested, is given up: a
   * resting lane uses up no attempts, so that a dead server's deliveries would gather without end.
   * Faults of ours for so long in a row are held against the lane, for the same reason.
   */
  overdueMsMax: 72 * 3_600_000,
  giveUpMs: 60_000,
  /** Lanes that would sleep past their first row are looked for this often. */
  healMs: 2000,
  /** Jobs that redeliver are looked for this often. */
  redeliverMs: 1000,
  /** Which lanes rest is read this often. */
  healthMs: 1000,
  /** The connection that hears notifications is asked for a sign of life this often. */
  bellMs: 30_000,
  /** The parts of the history are made and dropped this often. */
  daysMs: 3_600_000,
  leaseMs,
  /** A probe may take this much longer than an attempt, for the claim and the record around it. */
  probeSlackMs: 5000,
  /** A delivery that could not be tried for a fault of ours is due again after this. */
  ownFaultDelayMs: 5000,
  /** `stop` waits this long for attempts on the wire, then cuts them. */
  stopMsMax: 10_000,
} as const satisfies Record<string, number>;

export type Limits = { readonly [Name in keyof typeof defaultLimits]: number };

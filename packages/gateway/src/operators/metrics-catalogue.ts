import { dropReasons } from "../api-log/api-log.ts";
import { type VerdictCode, verdicts } from "../deliveries/verdicts.ts";

/** One metric: what it is called, what it may say, and what it is good for. */
export interface MetricEntry {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** `fleet`: read from the database, the same at every node, so take the maximum, never the sum. */
  readonly of: "node" | "fleet";
  /** Each label with every value it can have: no label grows with merchants, lanes or addresses. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
  /** Upper bounds of a histogram, in its unit. */
  readonly buckets?: readonly number[];
  /** What it tells; the HELP text of a scrape. */
  readonly help: string;
  /** When it should trouble somebody. */
  readonly worry: string;
}

const verdictCodes = Object.keys(verdicts) as VerdictCode[];

/** How an attempt ended, coarsely; `ours`: the merchant's server had no part in it. */
export const attemptClasses = ["delivered", "refused", "failed", "ours"] as const;

export const attemptPhases = ["dns", "connect", "tls", "first_byte", "total"] as const;

const fromCommit = [
  0.00025, 0.0005, 0.00075, 0.001, 0.0015, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.025, 0.05, 0.1,
  0.25, 0.5, 1, 2.5, 5, 10,
];

const capped = "Counts end at 100000.";

/**
 * Every metric of `/metrics`, once, beside those of Node itself. `docs/metrics.md` shows this table.
 * Units are seconds and bytes, as Prometheus asks.
 */
export const metricCatalogue = {
  commitToAttempt: {
    name: "wasl_delivery_commit_to_attempt_seconds",
    type: "histogram",
    of: "node",
    labels: {},
    buckets: fromCommit,
    help:
      "From the return of the payment's commit to the start of its Callback's first attempt, by " +
      "the node that committed: our own part, no network in it.",
    worry: "p99 above 0.05: the node is at its bounds, or its event loop is blocked.",
  },
  commitToFirstByte: {
    name: "wasl_delivery_commit_to_first_byte_seconds",
    type: "histogram",
    of: "node",
    labels: {},
    buckets: fromCommit,
    help:
      "From the return of the payment's commit to the first byte of its Callback on the wire; " +
      "first attempts by the node that committed, if the server answered. A new connection's name, " +
      "handshake and TLS are in it.",
    worry: "p99 above 2: compare with the phases; if they did not rise, it is ours.",
  },
  attemptPhase: {
    name: "wasl_delivery_attempt_phase_seconds",
    type: "histogram",
    of: "node",
    labels: { phase: attemptPhases },
    buckets: [
      0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30,
    ],
    help:
      "Phases of attempts. dns, connect and tls: of new connections only; first_byte: from the " +
      "attempt's start to the answer's beginning; total: the whole attempt.",
    worry: "`dns` p99 above 1: the resolver is slow. `total` near 30: servers that hang.",
  },
  attempts: {
    name: "wasl_delivery_attempts_total",
    type: "counter",
    of: "node",
    labels: { verdict: verdictCodes, class: attemptClasses },
    help:
      "Attempts made, by what they came to. Classes: delivered; refused, by a server that lives; " +
      "failed, with no answer or a 5xx or 429; ours, without the server's part in it.",
    worry: "The share of `failed` rises over all lanes at once: look at our own network first.",
  },
  settled: {
    name: "wasl_deliveries_settled_total",
    type: "counter",
    of: "node",
    labels: { state: ["delivered", "exhausted"] },
    help: "Deliveries that this node settled: by an attempt, or after too long a rest of their lane.",
    worry: "`exhausted` grows: a merchant does not learn of payments.",
  },
  reclaimed: {
    name: "wasl_delivery_leases_reclaimed_total",
    type: "counter",
    of: "node",
    labels: {},
    help: "Leases of other nodes that had run out and were ended by this one.",
    worry: "Grows while no node was killed: nodes stall, or cannot reach the database.",
  },
  released: {
    name: "wasl_delivery_leases_released_total",
    type: "counter",
    of: "node",
    labels: { reason: ["full", "resting", "stopping", "cut", "own_fault"] },
    help:
      "Deliveries given back without an attempt. full: no room in memory; resting: the lane's " +
      "breaker is not closed; stopping and cut: the node stops; own_fault: an error of ours.",
    worry: "`own_fault` above 0: read the log. `full` all the time: add workers.",
  },
  fenced: {
    name: "wasl_delivery_attempts_fenced_total",
    type: "counter",
    of: "node",
    labels: {},
    help: "Attempts that could not be recorded, since another node had the lease by then.",
    worry: "Any: the notice was sent twice, because this node stood still for a lease's time.",
  },
  healed: {
    name: "wasl_lanes_healed_total",
    type: "counter",
    of: "node",
    labels: {},
    help: "Lanes that were found asleep past their first delivery, and were woken.",
    worry: "Grows while no node was killed: report it, the lane table should not need it.",
  },
  breakerMoved: {
    name: "wasl_lane_breaker_transitions_total",
    type: "counter",
    of: "node",
    labels: { to: ["open", "half_open", "closed"] },
    help: "Breakers moved by this node.",
    worry: "Many `open` at once: look at our own network first.",
  },
  queued: {
    name: "wasl_dispatcher_queued_deliveries",
    type: "gauge",
    of: "node",
    labels: {},
    help: "Deliveries that wait in this node's memory for their turn.",
    worry: "Stays above 1000: the node is at its bounds.",
  },
  inFlight: {
    name: "wasl_dispatcher_in_flight_attempts",
    type: "gauge",
    of: "node",
    labels: {},
    help: "Attempts on the wire.",
    worry: "Stays near 1024, the bound of a node: add workers.",
  },
  held: {
    name: "wasl_dispatcher_held_deliveries",
    type: "gauge",
    of: "node",
    labels: {},
    help: "Leases held: deliveries queued, on the wire, or not yet recorded.",
    worry: "Stays near 8192, the bound of a node: add workers.",
  },
  heldBytes: {
    name: "wasl_dispatcher_held_bytes",
    type: "gauge",
    of: "node",
    labels: {},
    help: "Bytes of the bodies of held deliveries.",
    worry: "Stays near 64 MiB, the bound of a node.",
  },
  unrecorded: {
    name: "wasl_dispatcher_unrecorded_attempts",
    type: "gauge",
    of: "node",
    labels: {},
    help: "Attempts made and not yet written to the database.",
    worry: "Stays above 500: the database is slow; at 2048 no further attempt is begun.",
  },
  knownResting: {
    name: "wasl_dispatcher_resting_lanes",
    type: "gauge",
    of: "node",
    labels: {},
    help: "Lanes that this node knows to rest.",
    worry: "Differs from `wasl_lanes_resting` for longer than a minute.",
  },
  databaseUp: {
    name: "wasl_database_up",
    type: "gauge",
    of: "node",
    labels: {},
    help:
      "Whether the database answered the latest reading within 2 s. While it is 0, what is read " +
      "from the database is absent.",
    worry: "0 for a minute.",
  },
  readSeconds: {
    name: "wasl_database_reading_seconds",
    type: "gauge",
    of: "node",
    labels: {},
    help: "How long the latest reading of the backlog took, connection included.",
    worry: "Stays above 0.5: the hot table is bloated, or the database is short of memory.",
  },
  open: {
    name: "wasl_deliveries_open",
    type: "gauge",
    of: "fleet",
    labels: { state: ["leased", "due", "waiting", "resting"] },
    help:
      "Open deliveries. leased: a node holds it; due: could be sent now; waiting: for the time " +
      `of its next attempt; resting: behind a breaker that is not closed. ${capped}`,
    worry: "`due` grows for minutes: the workers are too few, or none runs.",
  },
  exhausted: {
    name: "wasl_deliveries_exhausted",
    type: "gauge",
    of: "fleet",
    labels: {},
    help: `Deliveries given up and not redelivered, as far back as the retention. ${capped}`,
    worry: "Grows: see `/operators/failed-deliveries`.",
  },
  oldestDue: {
    name: "wasl_delivery_oldest_due_age_seconds",
    type: "gauge",
    of: "fleet",
    labels: { lanes: ["working", "resting"] },
    help:
      "For how long the oldest due delivery that no node holds has been due; 0 when there is " +
      "none. working: of lanes whose breaker is closed. At most 10000 lanes are looked at.",
    worry: "`working` above 60: nobody sends. `resting` is a merchant's outage, not ours.",
  },
  backlogged: {
    name: "wasl_lanes_backlogged",
    type: "gauge",
    of: "fleet",
    labels: {},
    help: "Lanes with deliveries that wait in the database. The count ends at 10000.",
    worry: "Only together with others: retries are a backlog too.",
  },
  resting: {
    name: "wasl_lanes_resting",
    type: "gauge",
    of: "fleet",
    labels: { breaker: ["open", "half_open"] },
    help: `Lanes whose breaker is not closed. ${capped}`,
    worry: "Jumps: many merchants fail at once, so it is more likely us.",
  },
  paymentCommit: {
    name: "wasl_payment_commit_seconds",
    type: "histogram",
    of: "node",
    labels: {},
    buckets: [
      0.0005, 0.001, 0.0015, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5,
      5, 15,
    ],
    help:
      "The one statement that writes a payment's outcome, its history and its delivery, the wait " +
      "for a connection included.",
    worry: "p99 above 0.1: the database is slow, or connections are too few.",
  },
  apiCallsDropped: {
    name: "wasl_api_log_dropped_calls_total",
    type: "counter",
    of: "node",
    labels: { reason: dropReasons },
    help:
      "API calls that were answered and not logged. full: memory's bounds, while the database is " +
      "away or slow; flood: too many without a right key; database: refused by it, or away at the " +
      "stop; fault: an error of ours.",
    worry: "`full`: see to the database. `flood`: somebody tries keys. `fault`: read the log.",
  },
  apiCallsUnwritten: {
    name: "wasl_api_log_unwritten_calls",
    type: "gauge",
    of: "node",
    labels: {},
    help: "API calls that wait in memory to be logged.",
    worry: "Stays above 1000: the database is away or slow; at 5000 further calls are not logged.",
  },
  poolConnections: {
    name: "wasl_database_pool_connections",
    type: "gauge",
    of: "node",
    labels: { pool: ["payments", "deliveries"], state: ["idle", "busy"] },
    help: "Connections of the node's pools; busy includes those that are being made.",
    worry: "`busy` stays at the limit.",
  },
  poolWaiting: {
    name: "wasl_database_pool_waiting",
    type: "gauge",
    of: "node",
    labels: { pool: ["payments", "deliveries"] },
    help: "Statements that wait for a connection.",
    worry: "Above 0 for a minute.",
  },
  poolLimit: {
    name: "wasl_database_pool_limit",
    type: "gauge",
    of: "node",
    labels: { pool: ["payments", "deliveries"] },
    help: "How many connections a pool may have.",
    worry: "Never; it is there to compare with.",
  },
  mailAttempts: {
    name: "wasl_mail_attempts_total",
    type: "counter",
    of: "node",
    labels: { result: ["sent", "deferred", "unreachable", "given_up"] },
    help:
      "Attempts to hand an e-mail to the mail server. deferred: it refused the mail for now; " +
      "unreachable: no connection, no TLS, no login, or the sender is refused; given_up: it will " +
      "never take it, or did not for too long.",
    worry: "`unreachable` grows: no e-mail leaves; the log names the error.",
  },
  mailsPending: {
    name: "wasl_mails_pending",
    type: "gauge",
    of: "fleet",
    labels: {},
    help: `E-mails that are not sent yet. ${capped}`,
    worry: "Only together with the age of the oldest.",
  },
  mailsGivenUp: {
    name: "wasl_mails_given_up",
    type: "gauge",
    of: "fleet",
    labels: {},
    help: `E-mails given up, as far back as the retention. ${capped}`,
    worry: "Jumps: the mail server refuses what it took before.",
  },
  mailOldestDue: {
    name: "wasl_mail_oldest_due_age_seconds",
    type: "gauge",
    of: "fleet",
    labels: {},
    help: "For how long the oldest e-mail that no node holds has been due; 0 when there is none.",
    worry: "Above 300: nobody sends. See that a node of `all` or `worker` has a mail server.",
  },
  nodeInfo: {
    name: "wasl_node_info",
    type: "gauge",
    of: "node",
    labels: { role: ["all", "api", "worker"] },
    help: "1 for the role of the node.",
    worry: "No node has `all` or `worker`: nobody sends.",
  },
} as const satisfies Record<string, MetricEntry>;

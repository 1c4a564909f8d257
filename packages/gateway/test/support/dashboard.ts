import { metricCatalogue, type MetricEntry } from "../../src/operators/metrics-catalogue.ts";

/** Which nodes a panel shows: those chosen above it, or the whole fleet. */
const selectors = { $node: 'job=~"$job",instance=~"$instance"', $fleet: 'job=~"$job"' };

interface Query {
  /** PromQL; `$node` and `$fleet` stand for the selectors above. */
  readonly expr: string;
  readonly legend: string;
}

interface Panel {
  readonly title: string;
  readonly kind?: "stat" | "timeseries";
  readonly unit: string;
  /** Of the 24 columns. */
  readonly width: number;
  /** Above it a stat is red. */
  readonly redFrom?: number;
  /** For a stat that is good when it is high. */
  readonly redBelow?: number;
  readonly stacked?: boolean;
  readonly queries: readonly Query[];
}

interface Row {
  readonly title: string;
  readonly height: number;
  readonly panels: readonly Panel[];
}

const quantiles = (name: string, by = ""): Query[] =>
  ["0.5", "0.99"].map((quantile) => ({
    expr:
      `histogram_quantile(${quantile}, sum by (le${by && `, ${by}`}) ` +
      `(rate(${name}_bucket{$node}[$__rate_interval])))`,
    legend: `p${quantile.slice(2).padEnd(2, "0")}${by && ` {{${by}}}`}`,
  }));

const rate = (name: string, by: string, more = ""): Query => ({
  expr: `sum by (${by}) (rate(${name}{$node${more}}[$__rate_interval]))`,
  legend: `{{${by}}}`,
});

const perNode = (name: string, legend = "{{instance}}"): Query => ({
  expr: `${name}{$node}`,
  legend,
});

const ofFleet = (name: string, by: string): Query => ({
  expr: `max by (${by}) (${name}{$fleet})`,
  legend: `{{${by}}}`,
});

const increase = (name: string, legend: string): Query => ({
  expr: `sum(increase(${name}{$fleet}[1h]))`,
  legend,
});

const rows: readonly Row[] = [
  {
    title: "Now",
    height: 4,
    panels: [
      stat("All nodes see the database", "bool_yes_no", "min(wasl_database_up{$fleet})", {
        redBelow: 1,
      }),
      stat("Exhausted deliveries", "short", "max(wasl_deliveries_exhausted{$fleet})", {
        redFrom: 1,
      }),
      stat(
        "Oldest due delivery",
        "s",
        'max(wasl_delivery_oldest_due_age_seconds{$fleet,lanes="working"})',
        { redFrom: 60 },
      ),
      stat("Resting lanes", "short", "sum(max by (breaker) (wasl_lanes_resting{$fleet}))", {
        redFrom: 10,
      }),
      stat(
        "Fenced attempts, 1 h",
        "short",
        "sum(increase(wasl_delivery_attempts_fenced_total{$fleet}[1h]))",
        { redFrom: 1 },
      ),
      stat("Nodes", "short", "count(wasl_node_info{$fleet})", { redBelow: 1 }),
    ],
  },
  {
    title: "Deliveries",
    height: 8,
    panels: [
      {
        title: "Commit to attempt",
        unit: "s",
        width: 8,
        queries: quantiles("wasl_delivery_commit_to_attempt_seconds"),
      },
      {
        title: "Commit to first byte",
        unit: "s",
        width: 8,
        queries: quantiles("wasl_delivery_commit_to_first_byte_seconds"),
      },
      {
        title: "Attempts by class",
        unit: "reqps",
        width: 8,
        stacked: true,
        queries: [rate("wasl_delivery_attempts_total", "class")],
      },
      {
        title: "Attempts that did not deliver, by verdict",
        unit: "reqps",
        width: 12,
        stacked: true,
        queries: [rate("wasl_delivery_attempts_total", "verdict", ',class!="delivered"')],
      },
      {
        title: "Settled deliveries",
        unit: "ops",
        width: 12,
        queries: [rate("wasl_deliveries_settled_total", "state")],
      },
      {
        title: "Phases of attempts",
        unit: "s",
        width: 12,
        queries: quantiles("wasl_delivery_attempt_phase_seconds", "phase"),
      },
      {
        title: "Attempts over a kept-alive connection",
        unit: "percentunit",
        width: 12,
        queries: [
          {
            expr:
              "1 - sum(rate(wasl_delivery_attempt_phase_seconds_count" +
              '{$node,phase="connect"}[$__rate_interval])) / ' +
              "sum(rate(wasl_delivery_attempt_phase_seconds_count" +
              '{$node,phase="total"}[$__rate_interval]))',
            legend: "reused",
          },
        ],
      },
    ],
  },
  {
    title: "Backlog of the fleet",
    height: 8,
    panels: [
      {
        title: "Open deliveries",
        unit: "short",
        width: 12,
        stacked: true,
        queries: [ofFleet("wasl_deliveries_open", "state")],
      },
      {
        title: "Age of the oldest due delivery",
        unit: "s",
        width: 12,
        queries: [ofFleet("wasl_delivery_oldest_due_age_seconds", "lanes")],
      },
      {
        title: "Lanes",
        unit: "short",
        width: 8,
        queries: [
          { expr: "max(wasl_lanes_backlogged{$fleet})", legend: "with a backlog" },
          ofFleet("wasl_lanes_resting", "breaker"),
        ],
      },
      {
        title: "Breaker transitions",
        unit: "ops",
        width: 8,
        queries: [rate("wasl_lane_breaker_transitions_total", "to")],
      },
      {
        title: "Exhausted deliveries",
        unit: "short",
        width: 8,
        queries: [{ expr: "max(wasl_deliveries_exhausted{$fleet})", legend: "exhausted" }],
      },
    ],
  },
  {
    title: "Dispatchers",
    height: 8,
    panels: [
      {
        title: "In memory",
        unit: "short",
        width: 8,
        queries: [
          perNode("wasl_dispatcher_held_deliveries", "held {{instance}}"),
          perNode("wasl_dispatcher_queued_deliveries", "queued {{instance}}"),
          perNode("wasl_dispatcher_in_flight_attempts", "in flight {{instance}}"),
        ],
      },
      {
        title: "Bytes held",
        unit: "bytes",
        width: 8,
        queries: [perNode("wasl_dispatcher_held_bytes")],
      },
      {
        title: "Attempts not yet recorded",
        unit: "short",
        width: 8,
        queries: [perNode("wasl_dispatcher_unrecorded_attempts")],
      },
      {
        title: "Leases given back, by reason",
        unit: "ops",
        width: 12,
        queries: [rate("wasl_delivery_leases_released_total", "reason")],
      },
      {
        title: "Mended, per hour",
        unit: "short",
        width: 12,
        queries: [
          increase("wasl_delivery_leases_reclaimed_total", "leases reclaimed"),
          increase("wasl_delivery_attempts_fenced_total", "attempts fenced"),
          increase("wasl_lanes_healed_total", "lanes healed"),
        ],
      },
    ],
  },
  {
    title: "E-mails",
    height: 8,
    panels: [
      {
        title: "Attempts to hand over e-mails, by result",
        unit: "ops",
        width: 8,
        stacked: true,
        queries: [rate("wasl_mail_attempts_total", "result")],
      },
      {
        title: "E-mails not sent",
        unit: "short",
        width: 8,
        queries: [
          { expr: "max(wasl_mails_pending{$fleet})", legend: "pending" },
          { expr: "max(wasl_mails_given_up{$fleet})", legend: "given up" },
        ],
      },
      {
        title: "Age of the oldest due e-mail",
        unit: "s",
        width: 8,
        queries: [{ expr: "max(wasl_mail_oldest_due_age_seconds{$fleet})", legend: "oldest" }],
      },
    ],
  },
  {
    title: "Payments and the database",
    height: 8,
    panels: [
      {
        title: "Commit of a payment's outcome",
        unit: "s",
        width: 12,
        queries: quantiles("wasl_payment_commit_seconds"),
      },
      {
        title: "Statements that wait for a connection",
        unit: "short",
        width: 12,
        queries: [perNode("wasl_database_pool_waiting", "{{pool}} {{instance}}")],
      },
      {
        title: "Share of connections in use",
        unit: "percentunit",
        width: 12,
        queries: [
          {
            expr:
              'wasl_database_pool_connections{$node,state="busy"} ' +
              "/ ignoring (state) wasl_database_pool_limit{$node}",
            legend: "{{pool}} {{instance}}",
          },
        ],
      },
      {
        title: "Reading the backlog",
        unit: "s",
        width: 12,
        queries: [perNode("wasl_database_reading_seconds")],
      },
      {
        title: "API calls not logged, by reason",
        unit: "ops",
        width: 12,
        queries: [rate("wasl_api_log_dropped_calls_total", "reason")],
      },
      {
        title: "API calls that wait to be logged",
        unit: "short",
        width: 12,
        queries: [perNode("wasl_api_log_unwritten_calls")],
      },
    ],
  },
  {
    title: "Processes",
    height: 8,
    panels: [
      {
        title: "CPU",
        unit: "percentunit",
        width: 8,
        queries: [
          {
            expr: "rate(process_cpu_seconds_total{$node}[$__rate_interval])",
            legend: "{{instance}}",
          },
        ],
      },
      {
        title: "Memory",
        unit: "bytes",
        width: 8,
        queries: [perNode("process_resident_memory_bytes")],
      },
      {
        title: "Delay of the event loop, p99",
        unit: "s",
        width: 8,
        queries: [perNode("nodejs_eventloop_lag_p99_seconds")],
      },
    ],
  },
];

function stat(
  title: string,
  unit: string,
  expr: string,
  bounds: Pick<Panel, "redFrom" | "redBelow">,
): Panel {
  return { title, kind: "stat", unit, width: 4, ...bounds, queries: [{ expr, legend: "" }] };
}

/** A panel as Grafana reads it, as far as tests look at it. */
interface Placed {
  readonly id: number;
  readonly gridPos: {
    readonly h: number;
    readonly w: number;
    readonly x: number;
    readonly y: number;
  };
}

/** The dashboard of `docs/grafana/wasl.json`, for Grafana 11 and newer. */
export function dashboard(): { readonly panels: readonly Placed[] } {
  const drawn = {
    uid: "wasl",
    title: "Wasl",
    description: "Payments and their deliveries. Made from packages/gateway by `npm run docs`.",
    tags: ["wasl"],
    schemaVersion: 39,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: "30s",
    time: { from: "now-3h", to: "now" },
    timezone: "browser",
    annotations: { list: [] },
    links: [],
    templating: { list: variables },
    panels: place(rows),
  };
  return drawn;
}

const datasource = { type: "prometheus", uid: "${datasource}" };

const choice = (name: string, query: string) => ({
  name,
  label: name,
  type: "query",
  datasource,
  query: { query, refId: name },
  definition: query,
  refresh: 2,
  sort: 1,
  multi: true,
  includeAll: true,
  allValue: ".+",
  current: { selected: true, text: ["All"], value: ["$__all"] },
  options: [],
});

const variables = [
  {
    name: "datasource",
    label: "data source",
    type: "datasource",
    query: "prometheus",
    refresh: 1,
    multi: false,
    includeAll: false,
    options: [],
  },
  choice("job", "label_values(wasl_node_info, job)"),
  choice("instance", 'label_values(wasl_node_info{job=~"$job"}, instance)'),
];

/** Panels from left to right and then down, each row under its title. */
function place(all: readonly Row[]): Placed[] {
  const placed: Placed[] = [];
  let y = 0;
  for (const { title, height, panels } of all) {
    const id = placed.length + 1;
    const gridPos = { h: 1, w: 24, x: 0, y };
    const row = { id, type: "row", title, collapsed: false, gridPos, panels: [] };
    placed.push(row);
    y += 1;
    let x = 0;
    for (const panel of panels) {
      if (x + panel.width > 24) {
        x = 0;
        y += height;
      }
      const at = { h: height, w: panel.width, x, y };
      placed.push(draw(panel, placed.length + 1, at));
      x += panel.width;
    }
    y += height;
  }
  return placed;
}

function draw(panel: Panel, id: number, gridPos: Placed["gridPos"]): Placed {
  const { title, kind = "timeseries", unit, queries } = panel;
  const targets = queries.map(({ expr, legend }, index) => ({
    refId: "ABCDEF".charAt(index),
    datasource,
    editorMode: "code",
    expr: Object.entries(selectors).reduce((text, [name, of]) => text.replaceAll(name, of), expr),
    legendFormat: legend,
    range: kind === "timeseries",
    instant: kind === "stat",
  }));
  const drawn = {
    id,
    type: kind,
    title,
    description: describe(targets.map(({ expr }) => expr).join(" ")),
    datasource,
    gridPos,
    fieldConfig: {
      defaults: { unit, min: 0, ...(kind === "stat" ? colours(panel) : lines(panel)) },
      overrides: [],
    },
    options: kind === "stat" ? statOptions : timeseriesOptions,
    targets,
  };
  return drawn;
}

/** What its first metric tells, in the words of the scrape. */
function describe(exprs: string): string {
  const known = Object.values<MetricEntry>(metricCatalogue);
  return known.find(({ name }) => exprs.includes(name))?.help ?? "";
}

function colours({ redFrom, redBelow }: Panel): object {
  const [low, high, step] =
    redBelow === undefined ? ["green", "red", redFrom] : ["red", "green", redBelow];
  const steps = [
    { color: low, value: null },
    { color: high, value: step },
  ];
  return { color: { mode: "thresholds" }, thresholds: { mode: "absolute", steps } };
}

function lines({ stacked = false }: Panel): object {
  return {
    color: { mode: "palette-classic" },
    custom: {
      drawStyle: "line",
      lineWidth: 1,
      fillOpacity: stacked ? 25 : 5,
      showPoints: "never",
      stacking: { group: "A", mode: stacked ? "normal" : "none" },
    },
  };
}

const statOptions = {
  colorMode: "value",
  graphMode: "none",
  justifyMode: "auto",
  orientation: "auto",
  textMode: "auto",
  reduceOptions: { calcs: ["lastNotNull"], fields: "", values: false },
};

const timeseriesOptions = {
  legend: { calcs: [], displayMode: "list", placement: "bottom", showLegend: true },
  tooltip: { mode: "multi", sort: "desc" },
};

/** Metrics that have no panel, and why. */
export const notOnDashboard: Readonly<Record<string, string>> = {
  wasl_dispatcher_resting_lanes: "what one node knows of wasl_lanes_resting, which has one",
};

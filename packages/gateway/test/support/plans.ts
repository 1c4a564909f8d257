import type { Pool, PoolClient } from "pg";

/** What PostgreSQL did for one statement. */
export interface Plan {
  readonly text: string;
  /** Pages read or found in memory, by all its nodes. */
  readonly pages: number;
  /** Tables read from end to end, with how many rows that was. */
  readonly wholeTables: readonly { readonly table: string; readonly rows: number }[];
}

interface PlanNode {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Actual Rows"?: number;
  readonly "Actual Loops"?: number;
  readonly "Rows Removed by Filter"?: number;
  readonly "Shared Hit Blocks"?: number;
  readonly "Shared Read Blocks"?: number;
  readonly Plans?: readonly PlanNode[];
}

/**
 * Runs statements in a transaction that is rolled back, and returns the plans they were truly made
 * with: `auto_explain` tells them, those within functions too.
 *
 * @param generic the plan that a prepared statement has after some runs, in place of one made for
 *   its values
 * @param given a statement to run before; it is not told of
 */
export async function plansOf(
  pool: Pool,
  act: (client: PoolClient) => Promise<unknown>,
  { generic, given }: { readonly generic: boolean; readonly given?: string | undefined },
): Promise<readonly Plan[]> {
  const client = await pool.connect();
  const plans: Plan[] = [];
  client.on("notice", ({ message = "" }) => {
    const json = /^duration: .*plan:\n(\{.*\})$/s.exec(message)?.[1];
    const plan = json === undefined ? undefined : planOf(json);
    if (plan) plans.push(plan);
  });
  try {
    await client.query(`load 'auto_explain';
      set auto_explain.log_min_duration = 0; set auto_explain.log_level = notice;
      set auto_explain.log_analyze = on; set auto_explain.log_buffers = on;
      set auto_explain.log_nested_statements = on; set auto_explain.log_format = json;
      set plan_cache_mode = ${generic ? "force_generic_plan" : "force_custom_plan"}`);
    await client.query("begin");
    if (given !== undefined) await client.query(given);
    plans.length = 0;
    await act(client);
    await client.query("rollback");
    return plans;
  } finally {
    client.release(true);
  }
}

/** A call of a function is none: its statements are told on their own. */
function planOf(json: string): Plan | undefined {
  const logged = JSON.parse(json) as { "Query Text": string; Plan: PlanNode };
  const root = logged.Plan;
  if (root["Node Type"] === "Function Scan") return undefined;
  return {
    text: logged["Query Text"],
    pages: allNodes(root).reduce((sum, node) => sum + ownPages(node), 0),
    wholeTables: allNodes(root)
      .filter((node) => node["Node Type"] === "Seq Scan")
      .map((node) => ({ table: node["Relation Name"] ?? "", rows: rowsRead(node) })),
  };
}

function allNodes(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(allNodes)];
}

/**
 * The root's count would not do: what a CTE writes that nobody reads is done after it has finished.
 * A scan of a CTE counts what the CTE did, which is told elsewhere.
 */
function ownPages(node: PlanNode): number {
  if (node["Node Type"] === "CTE Scan") return 0;
  const below = (node.Plans ?? []).reduce((sum, child) => sum + pagesOf(child), 0);
  return Math.max(0, pagesOf(node) - below);
}

function pagesOf(node: PlanNode): number {
  return (node["Shared Hit Blocks"] ?? 0) + (node["Shared Read Blocks"] ?? 0);
}

function rowsRead(node: PlanNode): number {
  const kept = node["Actual Rows"] ?? 0;
  return (kept + (node["Rows Removed by Filter"] ?? 0)) * (node["Actual Loops"] ?? 0);
}

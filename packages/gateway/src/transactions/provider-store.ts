import type { Pool } from "pg";
import type { ContactDetails, MethodFacts } from "../responses/facts.ts";
import { statesAllowing } from "./transaction.ts";

export interface StartAtProvider {
  readonly acquirer: string;
  readonly requestId: string;
  readonly customer: ContactDetails;
  readonly method: MethodFacts;
  /** When a recovery job may ask the acquirer, should no answer be written by then. */
  readonly recoverAfterMs: number;
}

/** Step `submit` for a provider's page: `false` when another submission was first, or too late. */
export async function startAtProvider(
  pool: Pool,
  { profileId, tranRef }: { readonly profileId: number; readonly tranRef: string },
  start: StartAtProvider,
): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: "start-at-provider",
    text: `with changed as (
        update transaction set state = 'authorising', acquirer = $4, acquirer_request = $5,
          details = details || $6::jsonb,
          due_at = now() + make_interval(secs => $7::float8 / 1000)
        where profile_id = $1 and tran_ref = $2 and state = any($3) and expires_at > now()
        returning profile_id, tran_ref),
      history as (
        insert into transaction_event (profile_id, tran_ref, kind, actor, detail)
        select profile_id, tran_ref, 'method_chosen', 'shopper',
          jsonb_build_object('method', $8::text)
        from changed)
      select from changed`,
    values: [
      profileId,
      tranRef,
      statesAllowing("submit"),
      start.acquirer,
      start.requestId,
      { customer: start.customer, method: start.method },
      start.recoverAfterMs,
      start.method.name,
    ],
  });
  return rowCount === 1;
}

/**
 * The CTE that leaves a note in a payment's history when one of its deliveries is given up; to be
 * run in the statement that gives it up. See `OnExhausted` of `deliveries`.
 */
export function exhaustedNote(source: string): string {
  return `noted as (
    insert into transaction_event (profile_id, tran_ref, kind, actor, detail)
    select g.profile_id, g.subject, 'delivery_exhausted', 'gateway', jsonb_build_object(
      'delivery', g.delivery_id, 'purpose', g.purpose, 'url', g.url, 'verdict', g.verdict)
    from ${source} g join transaction t on t.profile_id = g.profile_id and t.tran_ref = g.subject)`;
}

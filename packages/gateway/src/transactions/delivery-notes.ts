import type { Note, Notes } from "../deliveries/completion-store.ts";
import type { MailNote } from "../mail/queue-store.ts";

/** A line of history on the payment that each row of `source` is about. */
function note(name: string, kind: "delivery_exhausted" | "redelivery_asked", detail: string) {
  return (source: string) => `${name} as (
    insert into transaction_event (profile_id, tran_ref, kind, actor, detail)
    select g.profile_id, g.subject, '${kind}', 'gateway', jsonb_build_object(
      'delivery', g.delivery_id, 'purpose', g.purpose, 'url', g.url, ${detail})
    from ${source} g join transaction t on t.profile_id = g.profile_id and t.tran_ref = g.subject)`;
}

/** What a payment's history says about its deliveries, written in the statement that moves them. */
export const deliveryNotes = {
  exhausted: note("noted_exhausted", "delivery_exhausted", "'verdict', g.verdict"),
  redelivered: note("noted_again", "redelivery_asked", "'redelivery', g.redelivery_id"),
  hurried: note(
    "noted_hurried",
    "redelivery_asked",
    "'redelivery', g.redelivery_id, 'hurried', true",
  ),
} satisfies Notes & { readonly hurried: Note };

/** And about its e-mails, once the mail server has taken them or will not. */
export const mailNote: MailNote = (source) => `noted_mail as (
    insert into transaction_event (profile_id, tran_ref, kind, actor, detail)
    select m.profile_id, m.about, case m.state when 'sent' then 'mail_sent' else 'mail_given_up' end,
      'gateway', jsonb_build_object('mail', m.mail_id, 'purpose', m.purpose, 'answer', m.last_answer)
    from ${source} m
    join transaction t on t.profile_id = m.profile_id and t.tran_ref = m.about)`;

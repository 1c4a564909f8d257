import type { Pool } from "pg";
import type { PreparedMail } from "./mail.ts";

/**
 * The text of a data-modifying CTE that writes prepared mails, to be embedded in the statement they
 * belong to. Nothing is written unless `source` has a row.
 *
 * @param source the name of the CTE that wrote what the mails are about
 * @param parameter the place of `mailParameter`'s result, such as `$9`
 * @example `with done as (update … returning profile_id), ${mailCtes("done", "$9")} select …`
 */
export function mailCtes(source: string, parameter: string): string {
  return `mailed as (
      insert into mail (profile_id, mail_id, about, purpose, recipient, subject, body_text,
        body_html)
      select m.profile_id, m.mail_id, m.about, m.purpose, m.recipient, m.subject, m.body_text,
        m.body_html
      from json_to_recordset(${parameter}::json) as m (profile_id integer, mail_id uuid, about text,
        purpose text, recipient text, subject text, body_text text, body_html text)
      where exists (select from ${source}))`;
}

/** What the parameter of `mailCtes` must hold. */
export function mailParameter(prepared: readonly PreparedMail[]): string {
  return JSON.stringify(
    prepared.map((mail) => ({
      profile_id: mail.profileId,
      mail_id: mail.id,
      about: mail.about,
      purpose: mail.purpose,
      recipient: mail.to,
      subject: mail.subject,
      body_text: mail.text,
      body_html: mail.html,
    })),
  );
}

/** Writes mails that belong to no other statement. */
export async function insertMails(
  pool: Pick<Pool, "query">,
  prepared: readonly PreparedMail[],
): Promise<void> {
  await pool.query({
    name: "insert-mails",
    text: `with asked as (select 1), ${mailCtes("asked", "$1")} select from asked`,
    values: [mailParameter(prepared)],
  });
}

import type { FastifyInstance } from "fastify";
import type { Pool } from "pg";
import { z } from "zod";
import { ApiError } from "../errors.ts";
import { bodyOf } from "../http/merchant-api.ts";
import { insertMails } from "../mail/enqueue-store.ts";
import { writeLetter } from "../mail/letter.ts";
import { type KeptMail, listMails, mailStates } from "../mail/list-store.ts";
import { type PreparedMail, prepareMail } from "../mail/mail.ts";
import type { MailOutbox } from "../mail/outbox.ts";
import { optional, text, word } from "../payment-requests/fields.ts";
import type { ProfileDirectory } from "../profiles/directory.ts";
import type { Profile } from "../profiles/profile.ts";
import { setMailSettings } from "../profiles/profiles-store.ts";
import { pageRows, pageRowsMax } from "./fields.ts";
import { firstFault } from "./first-fault.ts";
import { mailAddress, readMailSettings } from "./mail-request.ts";
import { profileOfPath } from "./profile-param.ts";

export interface MailServices {
  readonly pool: Pool;
  readonly profiles: ProfileDirectory;
  readonly mail: MailOutbox;
}

interface Path {
  readonly profileId: string;
}

const base = "/operators/profiles/:profileId";

/** Who gets e-mails about a profile's transactions, and what became of them. */
export function mailRoutes(app: FastifyInstance, services: MailServices): void {
  const { pool, profiles, mail } = services;
  app.get<{ Params: Path }>(`${base}/mail`, async (request) => {
    const { profileId, mail: settings } = await profileOfPath(profiles, request.params.profileId);
    return { profile_id: profileId, ...(settings ?? nobody), sends: mail.enabled };
  });
  app.put<{ Params: Path }>(`${base}/mail`, async (request) => {
    const { profileId } = await profileOfPath(profiles, request.params.profileId);
    const settings = readMailSettings(bodyOf(request));
    await setMailSettings(pool, profileId, settings);
    return { profile_id: profileId, ...settings, sends: mail.enabled };
  });
  app.post<{ Params: Path }>(`${base}/mail/tests`, async (request, reply) => {
    const profile = await profileOfPath(profiles, request.params.profileId);
    const reading = testSchema.safeParse(bodyOf(request));
    if (!reading.success) throw firstFault(reading.error);
    if (!mail.enabled) throw new ApiError("MAIL_OFF");
    const test = testMail(profile, reading.data.to);
    await insertMails(pool, [test]);
    mail.handOver();
    return reply.code(202).send({ mail_id: test.id, about: test.about });
  });
  app.get<{ Params: Path; Querystring: Record<string, unknown> }>(
    `${base}/mails`,
    async (request) => {
      const { profileId } = await profileOfPath(profiles, request.params.profileId);
      const reading = listSchema.safeParse(request.query);
      if (!reading.success) throw firstFault(reading.error);
      const { about, state, limit = pageRowsMax } = reading.data;
      const mails = await listMails(pool, profileId, { about, state, limit });
      return { mails: mails.map(viewOf) };
    },
  );
}

const nobody = { merchant: null, shopper: null, language: "en" } as const;

const testSchema = z.strictObject({ to: mailAddress });

const listSchema = z.strictObject({
  about: optional(text(128)),
  state: optional(word(mailStates)),
  limit: pageRows,
});

/** A letter that says it is a test, over the way all e-mails go. */
function testMail(profile: Profile, to: string): PreparedMail {
  const title = "Test of the e-mails";
  const letter = writeLetter({
    language: "en",
    title,
    paragraphs: ["This is a test that an operator asked for. No payment was made."],
    rows: [
      { label: "Profile", value: profile.name },
      { label: "Number", value: profile.profileId.toString(), leftToRight: true },
    ],
    footer: "E-mails of this gateway reach this address.",
  });
  return prepareMail({
    profileId: profile.profileId,
    about: "mail-test",
    purpose: "test",
    to,
    subject: `${title}: ${profile.name}`,
    ...letter,
  });
}

function viewOf(mail: KeptMail): object {
  return {
    mail_id: mail.id,
    about: mail.about,
    purpose: mail.purpose,
    to: mail.to,
    subject: mail.subject,
    state: mail.state,
    refusals: mail.refusals,
    last_answer: mail.lastAnswer,
    created_at: mail.createdAt.toISOString(),
    next_attempt_at: mail.state === "pending" ? mail.dueAt.toISOString() : null,
    settled_at: mail.settledAt?.toISOString() ?? null,
  };
}

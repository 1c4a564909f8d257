import { z } from "zod";
import type { Failing, RedeliverySelection } from "../deliveries/redelivery.ts";
import { ApiError } from "../errors.ts";
import type { ApiBody } from "../http/merchant-api.ts";
import { profileIdMax } from "../ids.ts";
import { optional, text, wholeNumber, word } from "../payment-requests/fields.ts";
import { earliest, origin, time } from "./fields.ts";
import { firstFault } from "./first-fault.ts";

const schema = z.strictObject({
  include: optional(word(["failed", "all"])),
  profile_id: optional(wholeNumber(1, profileIdMax)),
  delivery_id: optional(z.uuid("must be a delivery's id")),
  tran_ref: optional(text(64)),
  origin: optional(origin()),
  since: optional(time()),
  until: optional(time()),
});

/**
 * What an operator wants to have sent again: one delivery (`delivery_id`), a payment's (`tran_ref`),
 * what failed to one `origin`, or everything `since` a time. The first three are a profile's.
 *
 * @throws ApiError INVALID_FIELD
 * @example readRedeliveryRequest({ since: "2026-11-24T08:00:00Z" }).include // "failed"
 */
export function readRedeliveryRequest(body: ApiBody): RedeliverySelection {
  const reading = schema.safeParse(body);
  if (!reading.success) throw firstFault(reading.error);
  const { include, profile_id, delivery_id, tran_ref, since, until } = reading.data;
  const { origin: server } = reading.data;
  const one = delivery_id ?? tran_ref;
  if (profile_id === undefined && (one ?? server) !== undefined) {
    throw new ApiError("INVALID_FIELD", {
      field: "profile_id",
      rule: "is required with delivery_id, tran_ref and origin, which are a profile's",
    });
  }
  if (since === undefined && (one ?? server) === undefined) {
    throw new ApiError("INVALID_FIELD", {
      field: "since",
      rule: "is required unless delivery_id, tran_ref or origin say what is to be sent again",
    });
  }
  if (since !== undefined && until !== undefined && since > until) {
    throw new ApiError("INVALID_FIELD", { field: "since", rule: "must not be later than until" });
  }
  return {
    // Who names one delivery wants it sent again, whatever became of it.
    include: include ?? (one === undefined ? "failed" : "all"),
    ...(profile_id !== undefined && { profileId: profile_id }),
    ...(delivery_id !== undefined && { deliveryId: delivery_id }),
    ...(tran_ref !== undefined && { subject: tran_ref }),
    ...(server !== undefined && { lane: `${profile_id} ${server}` }),
    since: since ?? earliest,
    ...(until !== undefined && { until }),
  };
}

/** One sentence that says what will be sent, for the person who asked. */
export function describe(
  selection: RedeliverySelection,
  { matched, until }: { readonly matched: string; readonly until: Date },
): string {
  const { include, profileId, deliveryId, subject, lane, since } = selection;
  const noun = matched === "1" ? "delivery" : "deliveries";
  const given = matched === "1" ? "was" : "were";
  const what = include === "failed" ? `${noun} that ${given} given up` : `${noun}, arrived or not`;
  const whose = [
    profileId === undefined ? "of every profile" : `of profile ${profileId}`,
    ...(deliveryId === undefined ? [] : [`with the id ${deliveryId}`]),
    ...(subject === undefined ? [] : [`about ${subject}`]),
    ...(lane === undefined ? [] : [`to ${lane.split(" ")[1]}`]),
    ...(since.getTime() === earliest.getTime() ? [] : [`made from ${since.toISOString()}`]),
    `until ${until.toISOString()}`,
  ].join(" ");
  return (
    `Sends again ${matched} ${what} ${whose}: the same bytes under the same webhook-id, ` +
    "by a schedule that begins anew. What still waits for its next attempt is sent now."
  );
}

/** Why a job does not go on, and that it is tried again, for the person who asked for it. */
export function describeFailing({ failures, sqlState }: Failing): string {
  const last = failures === 1 ? "" : `${failures} times in a row, the last time `;
  return (
    `It failed ${last}because ${causeOf(sqlState)}. ` +
    "It is tried again within five minutes, from where it is; the log has the error."
  );
}

function causeOf(sqlState: string | undefined): string {
  if (sqlState === undefined) return "the database gave no answer";
  if (sqlState === "57014") return "a batch took the database too long (SQLSTATE 57014)";
  return `the database refused a batch (SQLSTATE ${sqlState})`;
}

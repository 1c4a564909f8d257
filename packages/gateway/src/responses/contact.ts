import { alpha2Country, subdivisionCode } from "@wasl/protocol";
import { type ContactDetails, contactMembers } from "./facts.ts";

/**
 * Contact details as responses show them: PT2's order, absent members left out, country as
 * alpha-2 and state as a subdivision code (protocol.md 2.2).
 */
export function wireContact(contact: ContactDetails): Record<string, string> {
  const country = contact.country === undefined ? undefined : alpha2Country(contact.country);
  const state =
    country === undefined || contact.state === undefined
      ? contact.state
      : subdivisionCode(country, contact.state);
  return presentMembers({
    ...contact,
    ...(country === undefined ? {} : { country }),
    ...(state === undefined ? {} : { state }),
  });
}

/** The same with the state as it was given, for queries by cart (protocol.md 10.2). */
export function wireContactRawState(contact: ContactDetails): Record<string, string> {
  const wire = wireContact(contact);
  return contact.state === undefined ? wire : { ...wire, state: contact.state };
}

function presentMembers(contact: ContactDetails): Record<string, string> {
  const members: Record<string, string> = {};
  for (const member of contactMembers) {
    const value = contact[member];
    if (value !== undefined && value !== "") members[member] = value;
  }
  return members;
}

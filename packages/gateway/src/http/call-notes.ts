import type { FastifyRequest } from "fastify";
import type { ApiError } from "../errors.ts";
import type { ApiBody } from "./merchant-api.ts";

/** What becomes known of an API call while it is served, for the log of API calls. */
export interface CallNotes {
  /** The body as an object, once it was read. */
  body?: ApiBody;
  /** The profile that the body names, whether or not the key is its own. */
  profileId?: number;
  /** The key is that profile's. */
  authenticated?: boolean;
  /** What the caller was told instead of an answer, with the trace of the reply. */
  refusal?: { readonly error: ApiError; readonly trace: string };
}

const notes = new WeakMap<FastifyRequest, CallNotes>();

/** From now on notes are taken of this call. */
export function openNotes(request: FastifyRequest): void {
  notes.set(request, {});
}

/** Adds to the notes of a call; nothing happens unless they were opened. */
export function note(request: FastifyRequest, more: CallNotes): void {
  const known = notes.get(request);
  if (known !== undefined) Object.assign(known, more);
}

/** The notes of a call; `undefined` when none are taken. */
export function notesOf(request: FastifyRequest): CallNotes | undefined {
  return notes.get(request);
}

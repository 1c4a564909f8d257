/** Where shipped clients disagree about the wire, what a profile's own expect (protocol.md 18). */
export interface ClientHabits {
  /** `true`: what a server API refuses is told with status 200; the body is the same (protocol.md 4). */
  readonly refusals_with_200: boolean;
  /** `false`: the Return by GET has no `respMessage`, and is signed without it (protocol.md 6.4). */
  readonly message_in_get_return: boolean;
  /** `true`: a `callback` that is not https is refused; the sandbox's loopback too (protocol.md 7.7). */
  readonly callback_https_only: boolean;
}

export const usualHabits: ClientHabits = {
  refusals_with_200: false,
  message_in_get_return: true,
  callback_https_only: false,
};

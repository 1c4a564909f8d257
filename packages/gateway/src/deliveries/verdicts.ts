interface VerdictText {
  /** What happened, for the merchant's developer. */
  readonly sentence: string;
  /** What to do about it. */
  readonly fix: string;
}

/**
 * The closed list of ends an attempt can have (experience.md 2.6, the part about servers), each
 * with one sentence and one fix. An attempt's `detail` adds what was special about it: the status,
 * the Location, the name on the certificate.
 */
export const verdicts = {
  ok: {
    sentence: "The server took the notice.",
    fix: "Nothing to do.",
  },
  ok_not_200: {
    sentence: "The server took the notice with a 2xx other than 200; ClickPay asks for 200.",
    fix: "Answer exactly 200: a live gateway may count anything else as a failure.",
  },
  ok_html: {
    sentence: "The server answered 200 with a web page: this is probably not your handler.",
    fix: "Check that the path is the callback's own route and not a page or a catch-all.",
  },
  redirect: {
    sentence: "The server answered with a redirect, which is not followed: the body would be lost.",
    fix: "Set the address that the redirect names as the callback.",
  },
  auth_wall: {
    sentence: "A login or a key check stands before the handler.",
    fix: "Let the callback's path through without a session; its Signature says who is calling.",
  },
  waf: {
    sentence: "A firewall answered in place of the server.",
    fix: "Allow the callback's path, this User-Agent and the gateway's addresses in the firewall.",
  },
  csrf: {
    sentence: "The framework refused the notice for want of a CSRF token.",
    fix: "Exempt the callback's route from CSRF protection; verify its Signature instead.",
  },
  not_found: {
    sentence: "The server has no such path.",
    fix: "Check the path of the callback and that the route is deployed.",
  },
  method: {
    sentence: "The server has the path but takes no POST there.",
    fix: "Register the route for POST.",
  },
  gone: {
    sentence: "The server said that the path is gone for good, so nothing more is sent to it.",
    fix: "Set a new callback, then redeliver.",
  },
  rate_limited: {
    sentence: "The server asked us to come back later.",
    fix: "Raise the limit for the callback's path, or leave it: the next attempt waits longer.",
  },
  rejected: {
    sentence: "The server refused the notice.",
    fix: "Look at the answer below and at the server's log for this time.",
  },
  app_error: {
    sentence: "The server failed while it handled the notice.",
    fix: "Look at the answer below and at the server's error log for this time.",
  },
  slow: {
    sentence: "The server did not finish its answer in time.",
    fix: "Answer 200 first, then do the slow work.",
  },
  bad_answer: {
    sentence: "What came back is not an HTTP answer we can read.",
    fix: "Check that the port speaks HTTP and that no proxy on the way cuts answers.",
  },
  dns: {
    sentence: "The host's name could not be resolved.",
    fix: "Check the host's spelling and its DNS records; in a container, localhost is itself.",
  },
  refused: {
    sentence: "Nothing listens at this address and port.",
    fix: "Start the server, or open its port; in a container, localhost is the container.",
  },
  unreachable: {
    sentence: "There is no network path to the address.",
    fix: "Check the host's DNS records, a stale AAAA record above all, and the network.",
  },
  connect_timeout: {
    sentence: "The server did not accept a connection in time.",
    fix: "A firewall may drop our packets: allow the gateway's addresses.",
  },
  reset: {
    sentence: "The server closed the connection before its answer was complete.",
    fix: "Look for a crash or a proxy's limit in the server's log for this time.",
  },
  tls_chain: {
    sentence: "The certificate's chain does not lead to a known authority.",
    fix: "Install the full chain, intermediate included; browsers may hide that it is missing.",
  },
  tls_name: {
    sentence: "The certificate is for another name.",
    fix: "Use the name on the certificate, or get a certificate for this one.",
  },
  tls_expired: {
    sentence: "The certificate is not valid at this time.",
    fix: "Renew the certificate, and check the server's clock.",
  },
  tls: {
    sentence: "The encrypted connection could not be set up, or broke down.",
    fix: "Check that the port speaks TLS 1.2 or newer and asks for no client certificate.",
  },
  policy_private_address: {
    sentence: "The host leads to an address that this profile may not call.",
    fix: "Use a host with public addresses only.",
  },
} as const satisfies Record<string, VerdictText>;

export type VerdictCode = keyof typeof verdicts;

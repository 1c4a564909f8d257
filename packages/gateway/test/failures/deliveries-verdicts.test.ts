import { once } from "node:events";
import net, { type AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { Completion } from "../../src/deliveries/delivery.ts";
import { createPublicResolver } from "../../src/deliveries/resolve.ts";
import { type VerdictCode, verdicts } from "../../src/deliveries/verdicts.ts";
import { issueCertificate } from "../support/certificates.ts";
import { startFullPort } from "../support/full-port.ts";
import { startProxy } from "../support/egress-proxy.ts";
import { type NameAnswer, startNameServer } from "../support/name-server.ts";
import {
  after,
  answer,
  type Behaviour,
  dripBody,
  dripHead,
  hang,
  rawAnswer,
  type ReceiverOptions,
  reset,
  resetInBody,
  startReceiver,
} from "../support/receiver.ts";
import { attempt, held, leadsTo, useSending } from "../support/sending.ts";

/**
 * Every verdict there is, brought about by real sockets. The table has a line for each code because
 * its type demands one, and each line is checked against what came of it.
 */

const { onEnd, receiver, sockets, attemptAgainst } = useSending();

interface Case {
  readonly name: string;
  readonly make: () => Promise<Completion>;
  readonly detail?: RegExp | undefined;
}

const page = "<!doctype html><html><body>Shop</body></html>";
const loginPage = '<html><form><input type="password" name="p"></form></html>';
const packed = { "content-encoding": "gzip", "content-type": "text/html" };

const on = (name: string, make: Case["make"], detail?: RegExp): Case => ({ name, make, detail });
const answers = (name: string, behaviour: Behaviour, detail?: RegExp): Case => {
  return on(name, () => attemptAgainst(behaviour), detail);
};

/** An attempt to a name that such a server speaks for. */
async function named(answerTo: (name: string, type: string) => NameAnswer): Promise<Completion> {
  const server = await startNameServer(answerTo);
  onEnd(() => server.close());
  const resolvePublic = createPublicResolver([server.address], 100);
  return attempt(held("https://shop.test/cb", false), sockets({ resolvePublic }));
}

const authority = issueCertificate({ commonName: "Test authority", isAuthority: true });
const ca = [authority.cert];
const shopRequest = { commonName: "shop", dnsNames: ["shop.test"], issuer: authority };

async function over(tls: ReceiverOptions["tls"] & object): Promise<Completion> {
  const shop = await receiver({ tls });
  return attempt(held(`https://shop.test:${shop.port}/cb`), sockets({ ca }));
}

/** Over a relay that garbles a record once the handshake is done. */
async function garbled(): Promise<Completion> {
  const shop = await receiver({ tls: issueCertificate(shopRequest) });
  const record = Buffer.concat([Buffer.from([0x17, 3, 3, 0, 32]), Buffer.alloc(32, 1)]);
  const relay = net.createServer((client) => {
    const server = net.connect(shop.port, "127.0.0.1");
    let flights = 0;
    server.on("data", (chunk) => client.write(chunk)).on("error", () => undefined);
    client.on("error", () => undefined).on("close", () => server.destroy());
    client.on("data", (chunk) => {
      flights += 1;
      if (flights === 1) server.write(chunk);
      else client.write(record);
    });
  });
  relay.listen(0, "127.0.0.1");
  await once(relay, "listening");
  onEnd(() => relay.close());
  const { port } = relay.address() as AddressInfo;
  return attempt(held(`https://shop.test:${port}/cb`), sockets({ ca }));
}

function broadcast(): Promise<Completion> {
  const resolveLocal = leadsTo("127.255.255.255");
  return attempt(held("http://shop.test/cb"), sockets({ resolveLocal }));
}

const long = new Date("2020-01-01T00:00:00Z");
const longer = new Date("2019-01-01T00:00:00Z");

const cases: Readonly<Record<VerdictCode, readonly Case[]>> = {
  ok: [
    answers("200", answer(200, "Ok"), /^200$/),
    // What PHP calls every answer.
    answers("200 that calls itself HTML", answer(200, "OK", { "content-type": "text/html" })),
    answers("200 after early hints", (response) => {
      response.writeEarlyHints({ link: "</style.css>; rel=preload" });
      response.end("Ok");
    }),
    on("200 over TLS", () => over(issueCertificate(shopRequest))),
    on("200 from a name whose server drops questions for IPv6", async () => {
      const shop = await receiver();
      const server = await startNameServer((_name, type) => {
        return type === "A" ? ["127.0.0.1"] : "silence";
      });
      onEnd(() => server.close());
      const by = sockets({
        resolveLocal: createPublicResolver([server.address]),
        connectMsMax: 3000,
      });
      return attempt(held(`http://shop.test:${shop.port}/cb`), by, 6000);
    }),
  ],
  ok_not_200: [answers("204", answer(204)), answers("201", answer(201, "{}"), /^201$/)],
  ok_html: [
    answers("200 with a page", answer(200, page)),
    answers("200 with a packed page", answer(200, gzipSync(page), packed)),
    answers("200 with a page that unpacks to megabytes", (response) => {
      response.writeHead(200, packed);
      response.end(gzipSync(page + "<!-- -->".repeat(200_000)));
    }),
  ],
  redirect: [
    answers("301", answer(301, "", { location: "https://www.shop.test/cb" }), /www\.shop\.test/),
    answers("302 without a Location", answer(302), /no Location/),
    answers("307", answer(307, "", { location: "/callback/" })),
  ],
  auth_wall: [
    answers("401", answer(401, "", { "www-authenticate": "Basic" })),
    answers("200 with a login page", answer(200, loginPage), /password/),
    answers("200 with a packed login page", answer(200, gzipSync(loginPage), packed)),
    answers("511", answer(511)),
  ],
  waf: [
    answers("Cloudflare's header", answer(403, "", { "cf-mitigated": "challenge" }), /cf-mitig/),
    answers("Cloudflare's page", answer(403, "<title>Just a moment...</title>")),
    answers("Cloudflare's page with 503", answer(503, "<title>Just a moment...</title>")),
    answers("ModSecurity's page", answer(406, "This error was generated by Mod_Security.")),
    answers("Amazon's header", answer(405, "", { "x-amzn-waf-action": "captcha" })),
  ],
  csrf: [
    answers("Laravel's 419", answer(419, "<title>Page Expired</title>")),
    answers("an empty 419", answer(419)),
    answers("Django's 403", answer(403, "CSRF verification failed. Request aborted.")),
    answers("Rails's 422", answer(422, "ActionController::InvalidAuthenticityToken")),
    answers("Odoo's 400", answer(400, "<p>Session expired (invalid CSRF token)</p>")),
  ],
  not_found: [answers("404", answer(404, page))],
  method: [answers("405", answer(405, "", { allow: "GET" }))],
  gone: [answers("410", answer(410))],
  rate_limited: [answers("429", answer(429, "", { "retry-after": "15" }))],
  rejected: [
    answers("400", answer(400, "bad signature")),
    answers("403", answer(403)),
    answers("422", answer(422, "{}")),
  ],
  app_error: [
    answers("500", answer(500, "Fatal error: …"), /^500$/),
    answers("502", answer(502, "<html>502 Bad Gateway</html>")),
    answers("503", answer(503, "", { "retry-after": "15" })),
  ],
  slow: [
    answers("no answer", hang, /no answer within/),
    answers("an answer that comes late", after(900, answer(200))),
    answers("a head that drips", dripHead, /no answer within/),
    answers("a body that drips", dripBody, /did not end within/),
  ],
  bad_answer: [
    answers("another protocol", rawAnswer("SSH-2.0-OpenSSH_9.9\r\n")),
    answers("bytes", rawAnswer(Buffer.from([0, 1, 2, 3, 255, 254]))),
    answers("HTTP/0.9", rawAnswer("<html>OK</html>")),
    answers(
      "an upgrade",
      rawAnswer("HTTP/1.1 101 No\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"),
    ),
  ],
  dns: [
    on("a name that does not exist", () => named(() => "NXDOMAIN"), /ENOTFOUND/),
    on("a name without addresses", () => named(() => []), /ENODATA/),
    on("a name whose servers fail", () => named(() => "SERVFAIL"), /ESERVFAIL/),
    on(
      "a name whose servers are silent, while ours are not",
      () => named((name) => (name === "" ? [] : "silence")),
      /ETIMEOUT/,
    ),
  ],
  refused: [
    on(
      "a closed port",
      async () => {
        const closed = await startReceiver();
        await closed.close();
        return attempt(held(`${closed.url}/cb`), sockets());
      },
      /ECONNREFUSED/,
    ),
  ],
  unreachable: [
    on("an address to which the egress proxy finds no way", async () => {
      const proxy = await startProxy();
      onEnd(() => proxy.close());
      proxy.move({ say: "HTTP/1.1 502 Bad Gateway\r\n\r\n" });
      return attempt(held("http://shop.test/cb", false), sockets({ egressProxy: proxy.url }));
    }),
    // A broadcast address: Linux knows no way there for a connection.
    ...(process.platform === "linux" ? [on("an address without a way to it", broadcast)] : []),
  ],
  connect_timeout: [
    on(
      "a port that drops connections",
      async () => {
        const full = await startFullPort();
        onEnd(() => full.close());
        return attempt(held(`http://127.0.0.1:${full.port}/cb`), sockets());
      },
      /WASL_CONNECT_TIMEOUT/,
    ),
    on("a port that is silent in the handshake", async () => {
      const server = net.createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      onEnd(() => server.close());
      const { port } = server.address() as AddressInfo;
      return attempt(held(`https://127.0.0.1:${port}/cb`), sockets());
    }),
  ],
  reset: [
    answers("a reset", reset),
    answers("a reset in the body", resetInBody),
    answers("a close without a word", rawAnswer("")),
    answers("a close in the head", rawAnswer("HTTP/1.1 200 OK\r\nContent-Le")),
  ],
  tls_chain: [
    on("an unknown authority", () => {
      const stranger = issueCertificate({ commonName: "Stranger", isAuthority: true });
      return over(issueCertificate({ ...shopRequest, issuer: stranger }));
    }),
    on("a missing intermediate", () => {
      const request = { commonName: "Intermediate", isAuthority: true, issuer: authority };
      return over(issueCertificate({ ...shopRequest, issuer: issueCertificate(request) }));
    }),
    on(
      "a certificate signed by itself",
      () => over(issueCertificate({ commonName: "shop", dnsNames: ["shop.test"] })),
      /SELF_SIGNED/,
    ),
  ],
  tls_name: [
    on(
      "another name",
      () => over(issueCertificate({ ...shopRequest, dnsNames: ["other.test"] })),
      /other\.test/,
    ),
  ],
  tls_expired: [
    on(
      "an old certificate",
      () => over(issueCertificate({ ...shopRequest, notBefore: longer, notAfter: long })),
      /CERT_HAS_EXPIRED/,
    ),
    on(
      "a certificate of tomorrow",
      () => {
        const notBefore = new Date(Date.now() + 86_400_000);
        const notAfter = new Date(Date.now() + 2 * 86_400_000);
        return over(issueCertificate({ ...shopRequest, notBefore, notAfter }));
      },
      /CERT_NOT_YET_VALID/,
    ),
  ],
  tls: [
    on("a port that speaks plain HTTP", async () => {
      const shop = await receiver();
      return attempt(held(`https://shop.test:${shop.port}/cb`), sockets({ ca }));
    }),
    on("a server too old to have a version in common", async () =>
      over({ ...issueCertificate(shopRequest), maxVersion: "TLSv1.1", minVersion: "TLSv1" }),
    ),
    // Last, because OpenSSL remembers the fault for a moment, and may blame a key that is read then.
    on("a fault after the handshake", garbled, /ERR_SSL/),
  ],
  policy_private_address: [
    on(
      "a literal address",
      () => attempt(held("http://127.0.0.1/cb", false), sockets()),
      /loopback/,
    ),
    on(
      "a name that leads there",
      () => {
        const by = sockets({ resolvePublic: leadsTo("10.0.0.5") });
        return attempt(held("https://shop.test/cb", false), by);
      },
      /10\.0\.0\.5/,
    ),
  ],
};

const seen = new Set<string>();

describe.each(Object.entries(cases))("%s", (code, list) => {
  it.each(list)("is the verdict on $name", async ({ make, detail }) => {
    const completion = await make();
    seen.add(completion.verdict);
    expect(completion.verdict).toBe(code);
    expect(completion.detail).toMatch(detail ?? /./);
  });
});

it("every verdict there is was brought about", () => {
  expect([...seen].toSorted()).toEqual(Object.keys(verdicts).toSorted());
});

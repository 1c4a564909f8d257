import { describe, expect, it } from "vitest";
import { checkDestination, type DestinationPolicy } from "./destinations.ts";

const live: DestinationPolicy = { allowHttp: true, allowPort: false, allowPrivate: false };
const sandbox: DestinationPolicy = { allowHttp: true, allowPort: true, allowPrivate: true };

function ruleOf(text: string, policy = live): string {
  const result = checkDestination(text, policy);
  return result.ok ? "ok" : result.rule;
}

describe("a destination", () => {
  it.each([
    ["https://shop.example/callback", "https://shop.example:443"],
    ["http://shop.example/callback?a=1&b=%20", "http://shop.example:80"],
    ["https://SHOP.example", "https://shop.example:443"],
    ["https://xn--mgbh0fb.example/cb", "https://xn--mgbh0fb.example:443"],
    ["https://93.184.215.14/cb", "https://93.184.215.14:443"],
    ["https://[2606:4700::1111]/cb", "https://[2606:4700::1111]:443"],
    ["https://shop.example/سلة", "https://shop.example:443"],
    ["https://shop.example/a@b:8080/c", "https://shop.example:443"],
  ])("may be %s", (text, lane) => {
    expect(checkDestination(text, live)).toMatchObject({ ok: true, lane, warnings: [] });
  });

  it.each([
    ["", "empty"],
    ["shop.example/callback", "syntax"],
    ["//shop.example/callback", "syntax"],
    ["https://shop.example:99999/", "syntax"],
    ["https://256.1.1.1/", "syntax"],
    ["https:shop.example/callback", "host"],
    ["https:///shop.example/callback", "host"],
    ["file:///etc/passwd", "scheme"],
    ["javascript:alert(1)", "scheme"],
    ["ftp://shop.example/", "scheme"],
    ["data:text/plain,x", "scheme"],
    ["https://user@shop.example/", "user_info"],
    ["https://shop.example@evil.example/", "user_info"],
    ["https://:@shop.example/", "user_info"],
    ["https://shop.example/#part", "fragment"],
    ["https://shop.example/#", "fragment"],
    ["https://shop.example:8443/", "port"],
    ["https://shop.example:443/", "port"],
    ["https://shop.example:/", "port"],
    ["https://[2606:4700::1111]:443/", "port"],
    [" https://shop.example/", "characters"],
    ["https://shop.example/a b", "characters"],
    ["https://shop.exa\tmple/", "characters"],
    ["https:\\\\shop.example\\", "characters"],
    ["https://shop.example/\u0000", "characters"],
    ["https://shop.example/\ud800", "characters"],
    ["https://shop\u200b.example/", "characters"],
    ["https://shoр.example/", "host"], // a Cyrillic letter in place of p
    ["https://شop.example/", "host"],
    ["https://ｓhop.example/", "host"], // full-width
    ["https://shop%2eexample/", "host"],
    ["https://%73hop.example/", "host"],
    ["https://shop.example./", "host"],
    ["https://0x7f.1/", "host"],
    ["https://2130706433/", "host"],
    ["https://0177.0.0.1/", "host"],
    ["https://127.1/", "host"],
    ["https://[::ffff:127.0.0.1]/", "host"],
    ["https://127.0.0.1/", "private_address"],
    ["https://10.1.2.3/", "private_address"],
    ["https://169.254.169.254/latest", "private_address"],
    ["https://[::1]/", "private_address"],
    ["https://[::ffff:7f00:1]/", "private_address"],
    ["https://localhost/", "private_address"],
    ["https://LOCALHOST/", "private_address"],
    ["https://a.localhost/", "private_address"],
    ["https://printer.local/", "private_address"],
    ["https://metadata.google.internal/", "private_address"],
    ["https://shop/", "private_address"],
  ])("may not be %j: %s", (text, rule) => {
    expect(ruleOf(text)).toBe(rule);
  });

  it("has at most 255 characters", () => {
    const fits = `https://shop.example/${"a".repeat(255 - 21)}`;
    expect(fits).toHaveLength(255);
    expect(ruleOf(fits)).toBe("ok");
    expect(ruleOf(`${fits}a`)).toBe("length");
  });

  it("names the field and the rule in words", () => {
    expect(checkDestination("https://shop.example:8443/", live)).toEqual({
      ok: false,
      rule: "port",
      message: "callback must not contain a port: live PT2 gateways never call one",
    });
    expect(checkDestination("x", live, "url")).toMatchObject({
      message: "url must be a complete URL such as https://shop.example/callback",
    });
  });

  it("must be https where http would carry no data", () => {
    expect(ruleOf("http://shop.example/", { ...live, allowHttp: false })).toBe("http");
  });
});

describe("in a sandbox", () => {
  it("a port and a private address pass with a warning", () => {
    expect(checkDestination("http://localhost:3000/cb", sandbox)).toEqual({
      ok: true,
      url: "http://localhost:3000/cb",
      lane: "http://localhost:3000",
      warnings: [
        {
          rule: "port",
          message:
            "live would refuse this: callback must not contain a port: " +
            "live PT2 gateways never call one",
        },
        {
          rule: "private_address",
          message:
            "live would refuse this: callback must be a public address: " +
            "localhost is a private name, which no gateway can reach",
        },
      ],
    });
    for (const host of ["shop:8080", "192.168.1.7", "host.docker.internal", "[fd00::1]"]) {
      expect(ruleOf(`http://${host}/`, sandbox)).toBe("ok");
    }
  });

  it("metadata services and the like stay out of reach", () => {
    for (const host of [
      "169.254.169.254",
      "0.0.0.0",
      "224.0.0.1",
      "[fe80::1]",
      "[fd00:ec2::254]",
    ]) {
      expect(ruleOf(`http://${host}/`, sandbox)).toBe("private_address");
    }
  });
});

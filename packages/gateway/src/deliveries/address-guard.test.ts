import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isPublicAddress, judgeAddress } from "./address-guard.ts";

const privateV4 = [
  "0.0.0.0",
  "10.0.0.1",
  "100.64.0.1",
  "100.100.100.200",
  "127.0.0.1",
  "127.255.255.254",
  "168.63.129.16",
  "169.254.169.254",
  "172.16.0.1",
  "172.31.255.255",
  "192.0.0.192",
  "192.0.2.1",
  "192.168.0.1",
  "198.18.0.1",
  "198.51.100.1",
  "203.0.113.1",
  "224.0.0.1",
  "240.0.0.1",
  "255.255.255.255",
];
const publicV4 = ["1.1.1.1", "8.8.8.8", "93.184.215.14", "172.32.0.1", "100.128.0.1"];

/** Every way to carry an IPv4 address in an IPv6 one. */
function carriers(address: string): string[] {
  const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map((part) => Number.parseInt(part, 10));
  const high = (a * 256 + b).toString(16);
  const low = (c * 256 + d).toString(16);
  return [
    `::ffff:${address}`,
    `::ffff:${high}:${low}`,
    `::ffff:0:${high}:${low}`,
    `64:ff9b::${address}`,
    `64:ff9b::${high}:${low}`,
    `0:0:0:0:0:0:${address}`,
    `2002:${high}:${low}::1`,
  ];
}

describe("the address guard", () => {
  it.each(privateV4)("refuses %s in every form", (address) => {
    const forms = [address, ...carriers(address)];
    expect(forms.filter((form) => isPublicAddress(form))).toEqual([]);
  });

  it.each(publicV4)("lets %s pass in every form", (address) => {
    const forms = [address, ...carriers(address)];
    expect(forms.filter((form) => !isPublicAddress(form))).toEqual([]);
  });

  it.each([
    "::",
    "::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "100::1",
    "64:ff9b:1::1",
    "2001::1", // Teredo
    "2001:0:5ef5:79fd::1",
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
    "4000::1",
    "",
    "shop.example",
    "127.1",
  ])("refuses %s", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(["2606:4700::1111", "2a00:1450:4001:82a::200e", "2001:4860:4860::8888"])(
    "lets %s pass",
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  it("relaxes loopback, private and carrier networks, and nothing else", () => {
    const own = ["127.0.0.1", "10.0.0.1", "192.168.1.1", "100.64.0.1", "::1", "fd12::1"];
    expect([...own, "::ffff:127.0.0.1", "64:ff9b::10.0.0.1"].filter(isRefusedForAll)).toEqual([]);
    const never = ["169.254.1.1", "169.254.169.254", "100.100.100.200", "224.0.0.1", "0.0.0.0"];
    const neverV6 = ["fd00:ec2::254", "fe80::1", "ff02::1", "::", "::ffff:169.254.169.254"];
    expect([...never, ...neverV6].filter((address) => !isRefusedForAll(address))).toEqual([]);
  });

  it("judges a carried address as the address itself", () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const verdicts = new Set([address, ...carriers(address)].map(isPublicAddress));
        expect(verdicts.size).toBe(1);
      }),
    );
  });

  it("has an answer for every address", () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        expect(isPublicAddress(address)).toBeTypeOf("boolean");
      }),
    );
  });
});

function isRefusedForAll(address: string): boolean {
  const judged = judgeAddress(address);
  return !judged.public && !judged.relaxable;
}

import { BlockList, isIPv4, isIPv6 } from "node:net";

/**
 * Whether a gateway on the public internet may call an address. `relaxable`: a sandbox profile may
 * call it all the same (its own machine and network), which no profile may for the others.
 */
export type AddressJudgement =
  | { readonly public: true }
  | { readonly public: false; readonly range: string; readonly relaxable: boolean };

interface Range {
  readonly range: string;
  readonly relaxable: boolean;
  readonly networks: readonly string[];
}

/**
 * In this order; the first match decides, so that the metadata addresses that lie inside a private
 * network stay out of reach. Sources: the IANA special-purpose registries (RFC 6890), Svix's list,
 * and the metadata addresses that the clouds document.
 */
const ranges: readonly Range[] = [
  {
    range: "a cloud metadata service",
    relaxable: false,
    networks: [
      "169.254.169.254/32",
      "169.254.170.2/32",
      "100.100.100.200/32",
      "168.63.129.16/32",
      "192.0.0.192/32",
      "fd00:ec2::/32",
      "fd20:ce::254/128",
    ],
  },
  { range: "loopback", relaxable: true, networks: ["127.0.0.0/8", "::1/128"] },
  {
    range: "a private network",
    relaxable: true,
    networks: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"],
  },
  { range: "a carrier's inner network", relaxable: true, networks: ["100.64.0.0/10"] },
  { range: "link-local", relaxable: false, networks: ["169.254.0.0/16", "fe80::/10"] },
  { range: "unspecified", relaxable: false, networks: ["0.0.0.0/8", "::/128"] },
  { range: "multicast", relaxable: false, networks: ["224.0.0.0/4", "ff00::/8"] },
  { range: "broadcast", relaxable: false, networks: ["255.255.255.255/32"] },
  {
    range: "reserved",
    relaxable: false,
    networks: [
      "192.0.0.0/24",
      "192.0.2.0/24",
      "192.88.99.0/24",
      "198.18.0.0/15",
      "198.51.100.0/24",
      "203.0.113.0/24",
      "240.0.0.0/4",
      "64:ff9b:1::/48",
      "100::/64",
      "100:0:0:1::/64",
      "2001::/23",
      "2001:db8::/32",
      "3fff::/20",
      "5f00::/16",
      "fec0::/10",
    ],
  },
];

const lists = ranges.map(({ range, relaxable, networks }) => {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", bits] = network.split("/");
    list.addSubnet(address, Number.parseInt(bits ?? "", 10), isIPv4(address) ? "ipv4" : "ipv6");
  }
  return { range, relaxable, list };
});

/** Everything that is handed out for public use lies here; the rest of IPv6 is unassigned. */
const globalUnicast = new BlockList();
globalUnicast.addSubnet("2000::", 3, "ipv6");

/** An IPv6 form that carries an IPv4 address: which prefix, and at which byte the four begin. */
const carriers: readonly { readonly prefix: string; readonly at: number }[] = [
  { prefix: "00000000000000000000ffff", at: 12 }, // IPv4-mapped ::ffff:0:0/96
  { prefix: "0000000000000000ffff0000", at: 12 }, // IPv4-translated ::ffff:0:0:0/96
  { prefix: "0064ff9b0000000000000000", at: 12 }, // NAT64 64:ff9b::/96
  { prefix: "000000000000000000000000", at: 12 }, // IPv4-compatible ::/96
  { prefix: "2002", at: 2 }, // 6to4 2002::/16
];

/**
 * Judges one address, IPv4 or IPv6 without brackets. Forms of IPv6 that carry an IPv4 address are
 * judged by the address they carry. What is no address at all is refused.
 *
 * @example judgeAddress("::ffff:10.0.0.1"); // { public: false, range: "a private network", … }
 */
export function judgeAddress(address: string): AddressJudgement {
  if (isIPv4(address)) return judgeListed(address, "ipv4") ?? { public: true };
  // A zone (`fe80::1%eth0`) marks a link-local address; none of them is public.
  if (!isIPv6(address) || address.includes("%")) {
    return { public: false, range: "not an address", relaxable: false };
  }
  const bytes = bytesOf(address);
  const listed = judgeListed(address, "ipv6");
  if (listed) return listed;
  const carried = carriedIPv4(bytes);
  if (carried !== undefined) return judgeAddress(carried);
  if (globalUnicast.check(address, "ipv6")) return { public: true };
  return { public: false, range: "unassigned", relaxable: false };
}

/** @example isPublicAddress("192.168.1.1"); // false */
export function isPublicAddress(address: string): boolean {
  return judgeAddress(address).public;
}

/**
 * What one client has for itself: its IPv4 address, also where IPv6 carries it, or its IPv6 /64.
 *
 * @example networkOf("2a01:4f8:1:2::1"); // "2a0104f800010002"
 */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const bytes = bytesOf(address);
  return carriedIPv4(bytes) ?? bytes.toString("hex", 0, 8);
}

/** A URL's hostname writes IPv6 in brackets; sockets and lists want it without. */
export function unbracket(hostname: string): string {
  return hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
}

function judgeListed(address: string, family: "ipv4" | "ipv6"): AddressJudgement | undefined {
  const hit = lists.find(({ list }) => list.check(address, family));
  return hit && { public: false, range: hit.range, relaxable: hit.relaxable };
}

function carriedIPv4(bytes: Buffer): string | undefined {
  const hex = bytes.toString("hex");
  const carrier = carriers.find(({ prefix }) => hex.startsWith(prefix));
  return carrier && bytes.subarray(carrier.at, carrier.at + 4).join(".");
}

/** The sixteen bytes of an IPv6 address that `isIPv6` has accepted. */
function bytesOf(address: string): Buffer {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const text = dotted
    ? `${dotted[1]}${hex16(dotted[2], dotted[3])}:${hex16(dotted[4], dotted[5])}`
    : address;
  const [head = "", tail] = text.split("::");
  const front = head === "" ? [] : head.split(":");
  const back = tail ? tail.split(":") : [];
  const gap = Array.from({ length: 8 - front.length - back.length }, () => "0");
  const groups = [...front, ...gap, ...back].map((group) => group.padStart(4, "0"));
  return Buffer.from(groups.join(""), "hex");
}

function hex16(high = "0", low = "0"): string {
  return (Number.parseInt(high, 10) * 256 + Number.parseInt(low, 10)).toString(16);
}

import {
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from "node:crypto";

/**
 * Makes X.509 certificates for tests, so that the repository holds no keys and no fixture that
 * expires. As much of RFC 5280 as a TLS client looks at: names, validity, basic constraints,
 * subject alternative names, an ECDSA signature.
 */
export interface Certificate {
  /** PEM */
  readonly cert: string;
  /** PEM, PKCS #8 */
  readonly key: string;
  readonly commonName: string;
}

export interface CertificateRequest {
  readonly commonName: string;
  readonly dnsNames?: readonly string[];
  /** Absent: signs itself. */
  readonly issuer?: Certificate;
  readonly isAuthority?: boolean;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

const dayMs = 86_400_000;

/**
 * @example
 * const authority = issueCertificate({ commonName: "Test CA", isAuthority: true });
 * const shop = issueCertificate({ commonName: "shop", dnsNames: ["shop.test"], issuer: authority });
 */
export function issueCertificate(request: CertificateRequest): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const signer = request.issuer ? createPrivateKey(request.issuer.key) : privateKey;
  const body = sequence(
    explicit(0, integer(Buffer.from([2]))), // version 3
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ecdsaWithSha256,
    nameOf(request.issuer?.commonName ?? request.commonName),
    sequence(
      time(request.notBefore ?? new Date(Date.now() - dayMs)),
      time(request.notAfter ?? new Date(Date.now() + dayMs)),
    ),
    nameOf(request.commonName),
    publicKey.export({ type: "spki", format: "der" }),
    explicit(3, sequence(...extensions(request))),
  );
  const signature = sign("sha256", body, signer);
  const der = sequence(body, ecdsaWithSha256, bitString(signature));
  return {
    cert: pem("CERTIFICATE", der),
    key: keyPem(privateKey),
    commonName: request.commonName,
  };
}

function extensions({ isAuthority, dnsNames }: CertificateRequest): Buffer[] {
  const constraints = isAuthority ? sequence(tagged(0x01, Buffer.from([0xff]))) : sequence();
  const found = [extension("551d13", constraints)];
  if (dnsNames) {
    const names = dnsNames.map((name) => tagged(0x82, Buffer.from(name, "ascii")));
    found.push(extension("551d11", sequence(...names)));
  }
  return found;
}

function extension(oid: string, value: Buffer): Buffer {
  return sequence(tagged(0x06, Buffer.from(oid, "hex")), tagged(0x04, value));
}

/** Distinguished Encoding Rules: a tag, a length, the content. */
function tagged(tag: number, content: Buffer): Buffer {
  const length = content.length;
  const head =
    length < 128
      ? [tag, length]
      : length < 256
        ? [tag, 0x81, length]
        : [tag, 0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from(head), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function explicit(number: number, content: Buffer): Buffer {
  return tagged(0xa0 + number, content);
}

function integer(bytes: Buffer): Buffer {
  return tagged(0x02, bytes);
}

function bitString(bytes: Buffer): Buffer {
  return tagged(0x03, Buffer.concat([Buffer.from([0]), bytes]));
}

/** GeneralizedTime: `20260401120000Z`. */
function time(at: Date): Buffer {
  return tagged(0x18, Buffer.from(`${at.toISOString().replaceAll(/[-:T]|\..*/g, "")}Z`, "ascii"));
}

function nameOf(commonName: string): Buffer {
  const attribute = sequence(
    tagged(0x06, Buffer.from("550403", "hex")),
    tagged(0x0c, Buffer.from(commonName, "utf8")),
  );
  return sequence(tagged(0x31, attribute));
}

const ecdsaWithSha256 = sequence(tagged(0x06, Buffer.from("2a8648ce3d040302", "hex")));

function pem(label: string, der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

function keyPem(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}

import { standard } from "../../sdk/ed25519.ts";
import { atlas, atomic, brokers, support, WebhookVerificationError } from "../../sdk/index.ts";
import { base64Bytes, utf8 } from "./bytes.ts";

/** What a request says of its signatures. */
export interface Signed {
  /** What is signed in front of the body. */
  prefix: string;
  /** The time that is signed, Unix seconds as it is written; null where the contract signs none. */
  timestamp: string | null;
  signatures: readonly string[];
  /** Signatures of ed25519 (`v1a`), base64. */
  asymmetric?: readonly string[];
  encoding: Encoding;
}

export type Encoding = "hex" | "base64";

export type Headers = Readonly<Record<string, string>>;

/** How a contract signs: what a receiver of it has to do. */
export interface Contract {
  name: string;
  /** Its headers, lower case; the first holds the signature. */
  headers: readonly [string, ...string[]];
  /** What the headers say; a sentence where they cannot be read. */
  read(headers: Headers): Signed | string;
  /** The bytes of the key; null where the secret has not this contract's form. */
  key(secret: string): Uint8Array | null;
  /** Whether the characters of the secret are the key, its prefix among them. */
  isTextKey: boolean;
  /** As receivers verify: throws unless it is signed with the secret. */
  verify: Verify;
}

type Verify = (
  body: string,
  headers: Headers,
  secret: string,
  options: { toleranceSeconds: number },
) => unknown;

/** Whether the SDK takes a body for signed with a secret; how long ago is another question. */
export function isVerified({ verify }: Contract, body: string, headers: Headers, secret: string): boolean {
  try {
    verify(body, headers, secret, { toleranceSeconds: Number.POSITIVE_INFINITY });
    return true;
  } catch (error) {
    // What is signed need not be an event.
    return error instanceof WebhookVerificationError && error.code === "not_json";
  }
}

function bodyAlone(name: string, header: string, verify: Verify): Contract {
  return {
    name,
    headers: [header],
    isTextKey: true,
    verify,
    key: utf8,
    read: (headers) => ({
      prefix: "",
      timestamp: null,
      signatures: [headers[header] ?? ""],
      encoding: "hex",
    }),
  };
}

export const SYMMETRIC = "whsec_";
export const PUBLIC = "whpk_";

/** The contracts that are signed; `voice` is not. */
export const CONTRACTS: readonly [Contract, ...Contract[]] = [
  {
    name: "atlas",
    headers: ["atlas-signature"],
    isTextKey: true,
    verify: atlas.webhooks.verify,
    key: utf8,
    read(headers) {
      const parts = (headers["atlas-signature"] ?? "").split(",").map((part) => part.trim().split("="));
      const [timestamp] = parts.flatMap(([name, value]) => (name === "t" && value ? [value] : []));
      const signatures = parts.flatMap(([name, value]) => (name === "v1" && value ? [value] : []));
      if (timestamp === undefined || !/^\d{1,12}$/.test(timestamp))
        return "There is no t=… with the time in it.";
      if (signatures.length === 0) return "There is no v1=… with a signature in it.";
      return { prefix: `${timestamp}.`, timestamp, signatures, encoding: "hex" };
    },
  },
  {
    name: "standard",
    headers: ["webhook-signature", "webhook-id", "webhook-timestamp"],
    isTextKey: false,
    verify: standard.webhooks.verify,
    key(secret) {
      const prefix = [SYMMETRIC, PUBLIC].find((one) => secret.startsWith(one));
      return prefix === undefined ? null : base64Bytes(secret.slice(prefix.length));
    },
    read(headers) {
      const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": written = "" } = headers;
      if (!id) return "The header webhook-id is missing: it is part of what is signed.";
      if (!timestamp) return "The header webhook-timestamp is missing: it is part of what is signed.";
      if (!/^\d{1,12}$/.test(timestamp)) return "webhook-timestamp is no time in whole Unix seconds.";
      const of = (scheme: string) =>
        written.split(" ").flatMap((one) => (one.startsWith(scheme) ? [one.slice(scheme.length)] : []));
      const [signatures, asymmetric] = [of("v1,"), of("v1a,")];
      if (signatures.length + asymmetric.length === 0)
        return "webhook-signature is not v1,… with base64 behind the comma.";
      return { prefix: `${id}.${timestamp}.`, timestamp, signatures, asymmetric, encoding: "base64" };
    },
  },
  {
    name: "support",
    headers: [
      "x-atlas-webhook-signature",
      "x-atlas-webhook-signature-timestamp",
      "x-atlas-webhook-timestamp",
    ],
    isTextKey: true,
    verify: support.webhooks.verify,
    key: utf8,
    read(headers) {
      const [signature, earlier, later] = this.headers.map((name) => headers[name]);
      const timestamp = earlier ?? later;
      if (!timestamp) return "The header X-Atlas-Webhook-Timestamp is missing: it is part of what is signed.";
      if (!/^\d{1,12}(\.\d{1,9})?$/.test(timestamp)) return "The time stamp is no time in Unix seconds.";
      const encoding = /^[0-9a-f]{64}$/.test(signature ?? "") ? "hex" : "base64";
      return { prefix: `${timestamp}.`, timestamp, signatures: [signature ?? ""], encoding };
    },
  },
  bodyAlone("brokers", "x-webhook-secret", brokers.webhooks.verify),
  bodyAlone("atomic", "x-atomic-signature", atomic.webhooks.verify),
];

/** The contract whose signature header is there; null = none is. */
export function contractOf(headers: Headers): Contract | null {
  return CONTRACTS.find((contract) => headers[contract.headers[0]] !== undefined) ?? null;
}

/** Headers as somebody pastes them: `Name: value` a line, or one value alone, of the contract's own header. */
export function headersOf(pasted: string, contract: Contract): Headers {
  const lines = pasted.split(/\r?\n/).filter((line) => line.trim() !== "");
  const pairs = lines.flatMap((line) => {
    const [, name, value] = /^\s*["']?([A-Za-z][\w-]*)["']?\s*:\s*(.*?)\s*,?$/.exec(line) ?? [];
    return name === undefined ? [] : [[name.toLowerCase(), (value ?? "").replace(/^(["'])(.*)\1$/, "$2")]];
  });
  if (pairs.length === 0 && lines.length === 1) return { [contract.headers[0]]: lines[0]?.trim() ?? "" };
  return Object.fromEntries(pairs);
}

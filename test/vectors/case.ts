import { createHmac } from "node:crypto";
import { dialectNamed } from "../../src/dialects/index.ts";
import type { VerificationCode } from "../../src/sdk/index.ts";
import { outgoing, signing } from "../dialects/outgoing.ts";

/** One line of vectors/webhooks.json. */
export interface VectorCase {
  name: string;
  dialect: string;
  /** What the receiver holds. */
  secrets: string[];
  headers: Record<string, string>;
  /** What was called; `voice` alone looks at it. */
  url?: string;
  body_base64: string;
  /** Unix seconds. */
  now: number;
  /** 300 where it is absent. */
  tolerance_seconds?: number;
  /** `ok`, or the error's code. */
  expect: "ok" | VerificationCode;
  /** What verification returns, where every language reads the same from the body. */
  event?: unknown;
}

/** When the deliveries were signed, Unix seconds. */
export const SIGNED_AT = 1_712_345_690;

/** A delivery as it goes over the wire. */
export interface Sent {
  headers: Record<string, string>;
  body: Uint8Array;
}

/** As the service sends `data`, signed with these secrets. */
export function sent(
  dialect: string,
  secrets: string[],
  data = '{"id":"deal_1","value":48000}',
  options: Record<string, string> = {},
  nowMs = SIGNED_AT * 1000,
): Sent {
  const row = dialectNamed(dialect);
  if (row === null) throw new Error(`no dialect ${dialect}`);
  const { headers, body } = row.build(outgoing(data), signing(secrets, nowMs, options));
  return { headers, body: Buffer.from(body) };
}

/** HMAC of these bytes, by Node's own crypto. */
export function hmac(
  key: string | Uint8Array,
  content: Uint8Array,
  encoding: "hex" | "base64" = "hex",
  hash = "sha256",
): string {
  return createHmac(hash, key).update(content).digest(encoding);
}

export const bytes = (...parts: (string | Uint8Array)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));

/** Collects the cases of one dialect, which hold `secrets` and come at `SIGNED_AT` unless they say otherwise. */
export class Cases {
  readonly list: VectorCase[] = [];
  readonly #dialect: string;
  readonly #secrets: string[];

  constructor(dialect: string, secrets: string[]) {
    this.#dialect = dialect;
    this.#secrets = secrets;
  }

  add(
    name: string,
    { headers, body }: Sent,
    expect: VectorCase["expect"],
    more: Partial<Pick<VectorCase, "secrets" | "now" | "tolerance_seconds" | "url" | "event">> = {},
  ): void {
    this.list.push({
      name: `${this.#dialect}: ${name}`,
      dialect: this.#dialect,
      ...{ secrets: this.#secrets, headers },
      body_base64: Buffer.from(body).toString("base64"),
      ...{ now: SIGNED_AT, ...more, expect },
    });
  }
}

/** Bodies that verifiers disagree about, and what is to become of them once they are rightly signed. */
export const BODIES: [name: string, body: Uint8Array, expect: "ok" | "not_json", event?: unknown][] = [
  ["text beyond ASCII", bytes('{"name":"Zoë 🜁 名"}'), "ok", { name: "Zoë 🜁 名" }],
  ["blanks, and CRLF between members", bytes('{\r\n  "a" : 1\r\n}\r\n'), "ok", { a: 1 }],
  ["integers beyond 2^53", bytes('{"a":12345678901234567890,"b":-9007199254740993}'), "ok"],
  ["an integer of 5,000 digits", bytes(`{"a":${"9".repeat(5000)}}`), "ok"],
  ["an escaped NUL", bytes('{"a":"x\\u0000y"}'), "ok", { a: "x\0y" }],
  ["an escaped half of a surrogate pair", bytes('{"a":"\\ud83d"}'), "ok"],
  ["a name twice: the last one counts", bytes('{"a":1,"a":2}'), "ok", { a: 2 }],
  ["the name __proto__", bytes('{"__proto__":{"a":1}}'), "ok"],
  ["an empty body", bytes(), "not_json"],
  ["a byte order mark", bytes("\ufeff{}"), "not_json"],
  ["a raw NUL", bytes('{"a":"x\0y"}'), "not_json"],
  ["a raw half of a surrogate pair", bytes('{"a":"', new Uint8Array([0xed, 0xa0, 0x80]), '"}'), "not_json"],
  ["a byte that is no UTF-8", bytes('{"a":"', new Uint8Array([0xff]), '"}'), "not_json"],
  ["UTF-16", Buffer.from('{"a":1}', "utf16le"), "not_json"],
  ["NaN", bytes('{"a":NaN}'), "not_json"],
  ["two JSON texts", bytes("{}{}"), "not_json"],
  ["a list", bytes("[]"), "not_json"],
  ["null", bytes("null"), "not_json"],
];

import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { type BodyChange, bodiesBefore, writtenAgain } from "./bodies.ts";
import { base64Bytes, base64Text, hexText, utf8 } from "./bytes.ts";
import {
  CONTRACTS,
  type Contract,
  contractOf,
  type Encoding,
  type Headers,
  isVerified,
  type Signed,
  SYMMETRIC,
} from "./contracts.ts";

export interface NamedSecret {
  /** As the page calls it: "the newest secret", "the secret of etl.example/in". */
  name: string;
  secret: string;
}

/** What there is to go by. Nothing of it leaves the browser. */
export interface Evidence {
  contract: Contract;
  headers: Headers;
  /** As the receiver has it. */
  body: string;
  /** As it was sent, where that is known. */
  sent: string | null;
  secrets: readonly NamedSecret[];
  /** The secrets of other endpoints. */
  others: readonly NamedSecret[];
  /** What the receiver's code came to; empty = it is not known. */
  computed: string;
  /** The receiver's clock when it checked, Unix milliseconds; null = it is not judged. */
  clockMs: number | null;
}

/** How far the time stamp may lie from the receiver's clock. */
export const TOLERANCE_SECONDS = 300;

export type Mistake =
  | { kind: "fits" }
  | { kind: "nothing fits" }
  | { kind: "unreadable"; problem: string }
  | { kind: "wrong contract"; other: string }
  | { kind: "clock"; seconds: number }
  | { kind: "body"; change: BodyChange }
  | { kind: "not as sent" }
  | { kind: "secret with spaces" }
  | { kind: "secret with quotes" }
  | { kind: "prefix lost" }
  | { kind: "other endpoint" }
  | { kind: "encoding"; is: Encoding }
  | { kind: "public key" }
  // Mistakes in the receiver's own code, by the signature that they lead to.
  | { kind: "comparison" }
  | { kind: "code body"; writer: string }
  | { kind: "code newline" }
  | { kind: "code prefix" }
  | { kind: "code decodes" }
  | { kind: "code does not decode" }
  | { kind: "code leaves out"; what: "time" | "id" }
  | { kind: "code encoding"; is: string };

export interface Trial {
  mistake: Mistake;
  secret: NamedSecret | null;
  fits: boolean;
}

export interface Diagnosis {
  /** Null where the headers cannot be read. */
  signed: Signed | null;
  cause: Mistake;
  /** The one that fits. */
  secret: NamedSecret | null;
  /** The body with which it fits. */
  body: string;
  trials: readonly Trial[];
}

/** Names the one mistake with which the signature fits. */
export function diagnose(evidence: Evidence): Diagnosis {
  const { contract, headers, body } = evidence;
  const nothing = { secret: null, body, trials: [] };
  const present = contractOf(headers);
  if (headers[contract.headers[0]] === undefined && present !== null)
    return { signed: null, cause: { kind: "wrong contract", other: present.name }, ...nothing };
  const signed = contract.read(headers);
  if (typeof signed === "string")
    return { signed: null, cause: { kind: "unreadable", problem: signed }, ...nothing };

  const trials: Trial[] = [];
  const attempts = [...senderAttempts(evidence, signed)];
  let found: Attempt | undefined;
  for (const attempt of attempts) {
    const fits = isSigned(attempt, signed, evidence);
    trials.push({ mistake: attempt.mistake, secret: attempt.secret, fits });
    if (!fits) continue;
    found = attempt;
    break;
  }
  if (found === undefined) return { signed, cause: unsolved(evidence), ...nothing, trials };
  const told = { signed, secret: found.secret, body: found.body, trials };
  const own = evidence.computed.trim() === "" ? null : receiverMistake(evidence, signed, found, trials);
  if (own !== null) return { ...told, cause: own };
  if (found.mistake.kind !== "fits") return { ...told, cause: found.mistake };
  const seconds = clockOff(signed, evidence.clockMs);
  if (seconds === null) return { ...told, cause: found.mistake };
  const isOff = Math.abs(seconds) > TOLERANCE_SECONDS;
  trials.push({ mistake: { kind: "clock", seconds }, secret: null, fits: !isOff });
  return { ...told, cause: isOff ? { kind: "clock", seconds } : found.mistake };
}

/** By how many seconds the receiver's clock is ahead of the time stamp; null = it is not judged. */
function clockOff({ timestamp }: Signed, clockMs: number | null): number | null {
  return timestamp === null || clockMs === null ? null : Math.round(clockMs / 1000 - Number(timestamp));
}

/** One way in which a signature may have come about. */
interface Attempt {
  mistake: Mistake;
  secret: NamedSecret;
  /** The secret as it is tried. */
  written: string;
  key: Uint8Array;
  prefix: string;
  body: string;
  encoding: Encoding;
}

/** Each with one thing changed: what the sender may have signed, seen from what the receiver has. */
function* senderAttempts(evidence: Evidence, signed: Signed): Generator<Attempt> {
  const { contract, body, secrets, others, sent } = evidence;
  const { prefix, encoding } = signed;
  const right = secrets.flatMap((secret) => {
    const key = contract.key(secret.secret);
    return key === null ? [] : [{ secret, key, written: secret.secret }];
  });
  for (const known of right) yield { mistake: { kind: "fits" }, ...known, prefix, body, encoding };
  for (const [change, before] of bodiesBefore(body))
    for (const known of right)
      yield { mistake: { kind: "body", change }, ...known, prefix, body: before, encoding };
  if (sent !== null && sent !== body)
    for (const known of right)
      yield { mistake: { kind: "not as sent" }, ...known, prefix, body: sent, encoding };
  for (const secret of secrets)
    for (const [mistake, mended] of secretsMended(secret.secret)) {
      const key = contract.key(mended);
      if (key !== null) yield { mistake, secret, key, written: mended, prefix, body, encoding };
    }
  const other: Encoding = encoding === "hex" ? "base64" : "hex";
  for (const known of right)
    yield { mistake: { kind: "encoding", is: other }, ...known, prefix, body, encoding: other };
  for (const contractOther of CONTRACTS) {
    if (contractOther === contract) continue;
    const read = contractOther.read(evidence.headers);
    for (const secret of secrets) {
      const key = contractOther.key(secret.secret);
      if (key === null || typeof read === "string") continue;
      const mistake: Mistake = { kind: "wrong contract", other: contractOther.name };
      yield {
        mistake,
        secret,
        key,
        written: secret.secret,
        prefix: read.prefix,
        body,
        encoding: read.encoding,
      };
    }
  }
  for (const secret of others) {
    const key = contract.key(secret.secret);
    if (key !== null)
      yield {
        mistake: { kind: "other endpoint" },
        secret,
        key,
        written: secret.secret,
        prefix,
        body,
        encoding,
      };
  }
}

function secretsMended(secret: string): [Mistake, string][] {
  const trimmed = secret.trim();
  const bare = trimmed.replace(/^(["'])(.*)\1$/, "$2");
  return [
    ...(trimmed === secret ? [] : [[{ kind: "secret with spaces" }, trimmed] as [Mistake, string]]),
    ...(bare === trimmed ? [] : [[{ kind: "secret with quotes" }, bare] as [Mistake, string]]),
    ...(bare.startsWith(SYMMETRIC) ? [] : [[{ kind: "prefix lost" }, SYMMETRIC + bare] as [Mistake, string]]),
  ];
}

/** What is to be said where no attempt fits. */
function unsolved({ secrets }: Evidence): Mistake {
  return secrets.some(({ secret }) => /^(whpk_|whsk_|ak_)/.test(secret.trim()))
    ? { kind: "public key" }
    : { kind: "nothing fits" };
}

/** The mistake by which the receiver's code comes to what it came to; null = none of those that are known. */
function receiverMistake(
  { contract, body, computed }: Evidence,
  signed: Signed,
  right: Attempt,
  trials: Trial[],
): Mistake | null {
  const target = computed.trim().replace(/^(v1[=,]|sha256=)/, "");
  for (const [mistake, mac] of receiverAttempts(contract, signed, right, body)) {
    const fits = mac === target;
    trials.push({ mistake, secret: right.secret, fits });
    if (fits) return mistake;
  }
  return null;
}

function* receiverAttempts(
  contract: Contract,
  signed: Signed,
  right: Attempt,
  body: string,
): Generator<[Mistake, string]> {
  const made = (change: Partial<Attempt>) => macText({ ...right, ...change });
  yield [{ kind: "comparison" }, made({})];
  const other: Encoding = right.encoding === "hex" ? "base64" : "hex";
  yield [{ kind: "code encoding", is: other }, made({ encoding: other })];
  yield [{ kind: "code encoding", is: "upper-case hex" }, made({ encoding: "hex" }).toUpperCase()];
  for (const [writer, text] of [...writtenAgain(right.body), ...writtenAgain(body)])
    yield [{ kind: "code body", writer }, made({ body: text })];
  yield [{ kind: "code newline" }, made({ body: `${right.body}\n` })];
  const { secret } = right.secret;
  const bare = secret.startsWith(SYMMETRIC) ? secret.slice(SYMMETRIC.length) : secret;
  if (bare !== secret) yield [{ kind: "code prefix" }, made({ key: utf8(bare) })];
  const decoded = base64Bytes(bare);
  if (contract.isTextKey) {
    if (decoded !== null) yield [{ kind: "code decodes" }, made({ key: decoded })];
  } else yield [{ kind: "code does not decode" }, made({ key: utf8(secret) })];
  if (signed.prefix === "") return;
  yield [{ kind: "code leaves out", what: "time" }, made({ prefix: "" })];
  if (contract.headers.includes("webhook-id"))
    yield [{ kind: "code leaves out", what: "id" }, made({ prefix: `${signed.timestamp}.` })];
}

/** By the SDK, as receivers verify; what no SDK takes for signed is computed here. */
function isSigned(attempt: Attempt, { signatures }: Signed, { contract, headers }: Evidence): boolean {
  const { mistake, body, written } = attempt;
  const isByRule = mistake.kind !== "encoding" && mistake.kind !== "wrong contract";
  return isByRule ? isVerified(contract, body, headers, written) : signatures.includes(macText(attempt));
}

function macText({ key, prefix, body, encoding }: Attempt): string {
  const mac = hmac(sha256, key, utf8(prefix + body));
  return encoding === "hex" ? hexText(mac) : base64Text(mac);
}

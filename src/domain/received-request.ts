/** A request as somebody received it. */
export interface ReceivedRequest {
  /** Lower-case names. */
  headers: Readonly<Record<string, string>>;
  /** The raw body as text. */
  body: string;
  /** Unix milliseconds. */
  at: number;
}

/** What a dialect's signature says of a received request: a closed list. */
export const SIGNATURE_VERDICTS = [
  "valid",
  "header_missing",
  "header_malformed",
  "no_match",
  "too_old",
  "too_new",
  "unsigned",
] as const;

export type SignatureVerdict = (typeof SIGNATURE_VERDICTS)[number];

/** How far the signed time may lie from that of arrival, as the contracts' own verifiers have it. */
const TOLERANCE_SECONDS = 300;

/** The verdict on a header that holds one signature of the body alone. */
export function verdictOnHeader(given: string | undefined, expected: string): SignatureVerdict {
  if (!given) return "header_missing";
  return given === expected ? "valid" : "no_match";
}

/** The verdict on the time of a signature that belongs to the body. */
export function verdictOnTime(timestampSeconds: number, atMs: number): SignatureVerdict {
  if (!Number.isFinite(timestampSeconds)) return "header_malformed";
  const ageSeconds = Math.floor(atMs / 1000) - timestampSeconds;
  if (ageSeconds > TOLERANCE_SECONDS) return "too_old";
  return ageSeconds < -TOLERANCE_SECONDS ? "too_new" : "valid";
}

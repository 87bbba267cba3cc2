import { CONTRACTS, contractOf, headersOf } from "../../signature/contracts.ts";
import type { Evidence, NamedSecret } from "../../signature/diagnosis.ts";
import { text } from "../../text/text.ts";

const t = text.signature;

/** What stands in the form. */
export interface Draft {
  contract: string;
  headers: string;
  body: string;
  /** One a line. */
  secrets: string;
  /** What the lines of `secrets` are, where they came from an endpoint. */
  known: readonly NamedSecret[];
  others: readonly NamedSecret[];
  clock: string;
  computed: string;
  /** The body as it was sent; null = it is not known. */
  sent: string | null;
}

export function emptyDraft(): Draft {
  return {
    contract: CONTRACTS[0].name,
    ...{ headers: "", body: "", secrets: "", known: [], others: [], clock: "", computed: "", sent: null },
  };
}

/** Null while there is too little to judge. */
export function evidenceOf(draft: Draft): Evidence | null {
  const chosen = CONTRACTS.find(({ name }) => name === draft.contract) ?? CONTRACTS[0];
  const headers = headersOf(draft.headers, chosen);
  const secrets = secretsOf(draft);
  if (Object.keys(headers).length === 0 || draft.body === "" || secrets.length === 0) return null;
  const { body, sent, others, computed } = draft;
  return { contract: chosen, headers, body, sent, secrets, others, computed, clockMs: timeOf(draft.clock) };
}

function secretsOf({ secrets, known }: Draft): NamedSecret[] {
  // Not trimmed: a space around a secret is one of the mistakes.
  const lines = secrets.split("\n").filter((line) => line.trim() !== "");
  return lines.map(
    (secret, index) =>
      known.find((one) => one.secret === secret) ?? { secret, name: t.given(index + 1, lines.length) },
  );
}

/** The contract that pasted headers belong to, if they tell it. */
export function contractIn(headers: string): string | null {
  return contractOf(headersOf(headers, CONTRACTS[0]))?.name ?? null;
}

/** Unix milliseconds; null where it is empty or no time. */
export function timeOf(typed: string): number | null {
  const value = typed.trim();
  if (value === "") return null;
  if (/^\d{9,11}(\.\d+)?$/.test(value)) return Number(value) * 1000;
  if (/^\d{12,14}$/.test(value)) return Number(value);
  const time = Date.parse(value);
  return Number.isNaN(time) ? null : time;
}

import { endpointsSendingTo } from "../d1/endpoints.ts";
import { reachOfInbox } from "../d1/inboxes.ts";
import type { InboxRow } from "../d1/tables.ts";
import { dialectNamed } from "../dialects/index.ts";
import type { InboxSignature } from "../domain/inbox.ts";
import type { ReceivedRequest } from "../domain/received-request.ts";
import { isWithin } from "../domain/scope.ts";
import type { Env } from "../env.ts";
import { openSecrets, openText } from "../seal/seal.ts";

/** What a request may be signed with. */
export interface InboxKey {
  dialect: string;
  /** Null = there is none. */
  secret: string | null;
  endpointId: string | null;
}

/** Where two verdicts are not good, the one that says more comes first. */
const BY_WEIGHT = [
  "valid",
  "too_old",
  "too_new",
  "no_match",
  "header_malformed",
  "header_missing",
  "unsigned",
  "no_secret",
] as const satisfies InboxSignature["verdict"][];

/** What an inbox's requests may be signed with: its own secret, otherwise those of the endpoints that send to it. */
export async function inboxKeys(env: Env, row: InboxRow): Promise<InboxKey[]> {
  if (row.dialect !== null) {
    const secret = row.sealed === null ? null : await openText(row.sealed, env);
    return [{ dialect: row.dialect, secret, endpointId: null }];
  }
  const { scope } = reachOfInbox(row);
  const senders = (await endpointsSendingTo(env.DB, row)).filter((sender) => isWithin(scope, sender));
  const keys = await Promise.all(
    senders.map(async ({ id: endpointId, dialect, sealed }): Promise<InboxKey[]> => {
      const { secrets } = await openSecrets(sealed, env);
      if (secrets.length === 0) return [{ dialect, secret: null, endpointId }];
      return secrets.map(({ secret }) => ({ dialect, secret, endpointId }));
    }),
  );
  return keys.flat();
}

/** The verdict on a request by the key that fits; where none does, the one that says most. */
export function signatureOf(received: ReceivedRequest, keys: readonly InboxKey[]): InboxSignature {
  let best: InboxSignature = { verdict: "no_secret", dialect: null, endpointId: null };
  for (const { dialect, secret, endpointId } of keys) {
    const one = { verdict: verdictOf(received, dialect, secret), dialect, endpointId };
    if (one.verdict === "valid") return one;
    if (best.dialect === null || BY_WEIGHT.indexOf(one.verdict) < BY_WEIGHT.indexOf(best.verdict)) best = one;
  }
  return best;
}

function verdictOf(
  received: ReceivedRequest,
  dialect: string,
  secret: string | null,
): InboxSignature["verdict"] {
  const row = dialectNamed(dialect);
  if (row === null) return "no_secret";
  if (secret !== null) return row.verdict(received, secret);
  return row.secret.presence === "never" ? "unsigned" : "no_secret";
}

import { useQuery } from "@tanstack/react-query";
import type { Atlas, EndpointSecret } from "../../../sdk/client/index.ts";
import { useAtlas } from "../../session/session.ts";
import { contractOf } from "../../signature/contracts.ts";
import type { NamedSecret } from "../../signature/diagnosis.ts";
import { endpointName } from "../../text/format.ts";
import { text } from "../../text/text.ts";
import { type Draft, emptyDraft } from "./draft.ts";

const t = text.signature;

/** The newest attempt of a delivery as evidence: what was sent, the endpoint's secrets, the receiver's clock. */
export function useDeliveryDraft(endpointId: string | undefined, deliveryId: string | undefined) {
  const atlas = useAtlas();
  return useQuery({
    queryKey: ["signature", endpointId, deliveryId],
    queryFn: ({ signal }) => draftOf(atlas, endpointId ?? "", deliveryId ?? "", signal),
    enabled: endpointId !== undefined && deliveryId !== undefined,
    // Secrets do not stay in memory, and what somebody typed is not overwritten.
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });
}

async function draftOf(
  atlas: Atlas,
  endpointId: string,
  deliveryId: string,
  signal: AbortSignal,
): Promise<Draft> {
  const [delivery, request, secret] = await Promise.all([
    atlas.endpoints.delivery(endpointId, deliveryId, { signal }),
    atlas.endpoints.deliveryRequest(endpointId, deliveryId, {}, { signal }),
    // Who may not see secrets puts them in by hand.
    atlas.endpoints.secret(endpointId, { signal }).catch(() => null),
  ]);
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const contract = contractOf(headers);
  const names = new Set<string>(contract?.headers ?? []);
  const known = secret === null ? [] : namedSecrets(secret);
  return {
    ...emptyDraft(),
    ...(contract !== null && { contract: contract.name }),
    headers: Object.entries(request.headers)
      .filter(([name]) => names.has(name.toLowerCase()))
      .map(([name, value]) => `${name}: ${value}`)
      .join("\n"),
    body: request.body,
    sent: request.body,
    known,
    secrets: known.map((one) => one.secret).join("\n"),
    clock: receiverClock(delivery.attempts.find(({ number }) => number === request.attempt)),
  };
}

/** A request that an inbox received as evidence, with the secret of the endpoint that sent it. */
export function useInboxDraft(inboxId: string | undefined, number: string | undefined) {
  const atlas = useAtlas();
  return useQuery({
    queryKey: ["signature", "inbox", inboxId, number],
    queryFn: async ({ signal }): Promise<Draft> => {
      const { data } = await atlas.inboxes.requests(inboxId ?? "", { limit: 200 }, { signal }).page();
      const request = data.find((one) => String(one.number) === number);
      if (request === undefined) return emptyDraft();
      const { endpoint_id: endpointId } = request.signature;
      const secret =
        endpointId === null ? null : await atlas.endpoints.secret(endpointId, { signal }).catch(() => null);
      const known = secret === null ? [] : namedSecrets(secret);
      const contract = contractOf(request.headers);
      return {
        ...emptyDraft(),
        ...(contract !== null && { contract: contract.name }),
        headers: (contract?.headers ?? [])
          .flatMap((name) =>
            request.headers[name] === undefined ? [] : [`${name}: ${request.headers[name]}`],
          )
          .join("\n"),
        body: request.body,
        known,
        secrets: known.map((one) => one.secret).join("\n"),
        clock: request.at,
      };
    },
    enabled: inboxId !== undefined && number !== undefined,
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });
}

/** By the `Date` of its answer. */
function receiverClock(
  attempt: { response: { headers: Record<string, string> } | null } | undefined,
): string {
  const date = Object.entries(attempt?.response?.headers ?? {}).find(
    ([name]) => name.toLowerCase() === "date",
  );
  const time = Date.parse(date?.[1] ?? "");
  return Number.isNaN(time) ? "" : String(time / 1000);
}

function namedSecrets({ secret, public_key, previous }: EndpointSecret): NamedSecret[] {
  const newest = public_key ?? secret;
  return [
    ...(newest === null ? [] : [{ secret: newest, name: public_key === null ? t.newest : t.publicKey }]),
    ...previous.map((one) => ({ secret: one.secret, name: t.older })),
  ];
}

/** So many other endpoints are asked for their secrets. */
const OTHERS = 50;

/** So many requests at once. */
const AT_ONCE = 5;

/** The secrets of the workspace's other endpoints. */
export async function otherSecrets(atlas: Atlas, endpointId: string | undefined): Promise<NamedSecret[]> {
  const { data } = await atlas.endpoints.list({ limit: OTHERS }).page();
  const waiting = data.filter(({ id }) => id !== endpointId);
  const found: NamedSecret[] = [];
  const ask = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { secret, public_key } = await atlas.endpoints.secret(next.id);
      const key = public_key ?? secret;
      if (key !== null) found.push({ secret: key, name: t.secretOf(endpointName(next.url)) });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, ask));
  return found;
}

import type { Json } from "../e2e/client.ts";
import { eventually } from "../e2e/eventually.ts";
import type { Service } from "../e2e/started-service.ts";
import type { Arrivals } from "./arrivals.ts";
import type { CrashEndpoint } from "./endpoints.ts";
import type { Publications } from "./publications.ts";

const DELIVERY_DEADLINE_MS = 90_000;
const ARCHIVE_DEADLINE_MS = 30_000;

/** An endpoint with its id in the service and what arrived at its receiver. */
export interface Settling {
  endpoint: CrashEndpoint;
  arrivals: Arrivals;
  id: string;
}

/** Waits until every acknowledged event has arrived and nothing is pending anywhere. */
export async function untilDelivered(
  service: Service,
  watched: readonly Settling[],
  publications: Publications,
): Promise<void> {
  await eventually(
    "every acknowledged event at every endpoint that it matches",
    () =>
      watched.every(({ endpoint, arrivals }) => {
        const delivered = new Set(arrivals.all.flatMap((one) => (one.isSuccess ? [one.eventId] : [])));
        return publications.all.every(
          (one) => one.acceptedId === null || !endpoint.matches(one) || delivered.has(one.acceptedId),
        );
      }),
    DELIVERY_DEADLINE_MS,
  );
  for (const { id, endpoint } of watched) {
    await eventually(
      `nothing pending at ${endpoint.name}`,
      async () => (await count(service, id, "pending")) === 0,
    );
    const dead = await count(service, id, "dead");
    if (dead > 0) throw new Error(`${dead} deliveries at ${endpoint.name} are dead`);
  }
}

/** How many deliveries of an endpoint have this status: 0, or at least one page's. */
async function count(service: Service, endpointId: string, status: string): Promise<number> {
  let cursor: unknown = null;
  do {
    const query = cursor === null ? "" : `&cursor=${cursor}`;
    const page: { data: Json[]; next_cursor: string | null } = await service.client.get(
      `/v1/endpoints/${endpointId}/deliveries?status=${status}&limit=200${query}`,
    );
    if (page.data.length > 0) return page.data.length;
    cursor = page.next_cursor;
  } while (cursor !== null);
  return 0;
}

/** Waits until every event lies in R2. */
export async function untilArchived(service: Service): Promise<void> {
  await eventually(
    "atlas_unarchived_events 0",
    async () =>
      /^atlas_unarchived_events\{[^}]*\} 0$/m.test((await service.operator.request("GET", "/metrics")).text),
    ARCHIVE_DEADLINE_MS,
  );
}

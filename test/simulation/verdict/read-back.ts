import type { PlayedEndpoint } from "../model.ts";
import type { Play, Tenant } from "../play.ts";

/** A delivery as the API shows it. */
export interface DeliveryRow {
  id: string;
  endpoint_id: string;
  event_id: string;
  sequence: number;
  key: string | null;
  key_sequence: number | null;
  status: "pending" | "delivered" | "dead" | "canceled";
  attempt_count: number;
  replay_of: string | null;
  created_at: string;
  completed_at: string | null;
  last_attempt: { response_status?: number | null; error?: string | null } | null;
}

/** An event's fate as the API shows it. */
export interface EventFate {
  data: DeliveryRow[];
  missed: string[];
  deleted: string[];
}

/** What the API tells once all has ended. */
export interface ReadBack {
  /** By endpoint id, by ascending sequence. */
  deliveries: Map<string, DeliveryRow[]>;
  /** By event id. */
  fates: Map<string, EventFate>;
  /** By endpoint id, of the last 30 days. */
  stats: Map<string, Record<string, number>>;
}

export async function readBack(play: Play): Promise<ReadBack> {
  const read: ReadBack = { deliveries: new Map(), fates: new Map(), stats: new Map() };
  for (const [endpoint, tenant] of livingEndpoints(play)) {
    const path = `/v1/endpoints/${endpoint.id}`;
    const rows = await play.client.list<DeliveryRow>(`${path}/deliveries?limit=200`, tenant.key);
    read.deliveries.set(endpoint.id, rows.reverse());
    const { body } = await play.client.insist({
      ...{ method: "GET", path: `${path}/stats?window=30d`, key: tenant.key, until: [200] },
    });
    read.stats.set(endpoint.id, body as Record<string, number>);
  }
  for (const publication of play.publications.values()) {
    const tenant = publication.workspace === play.main.id ? play.main : play.other;
    if (tenant === play.other && play.otherDeletedAt !== null) continue;
    for (const id of publication.ids) {
      const fate: EventFate = { data: [], missed: [], deleted: [] };
      const onPage = (body: Record<string, unknown>) => {
        fate.missed.push(...(body.missed as string[]));
        fate.deleted.push(...(body.deleted as string[]));
      };
      fate.data = await play.client.list<DeliveryRow>(`/v1/events/${id}/deliveries`, tenant.key, onPage);
      read.fates.set(id, fate);
    }
  }
  return read;
}

/** The endpoints that are there at the end, each with its workspace. */
export function livingEndpoints(play: Play): [PlayedEndpoint, Tenant][] {
  const living = play.all
    .filter(({ deletedAt }) => deletedAt === null)
    .map((endpoint): [PlayedEndpoint, Tenant] => [endpoint, play.main]);
  if (play.otherEndpoint && play.otherDeletedAt === null) living.push([play.otherEndpoint, play.other]);
  return living;
}

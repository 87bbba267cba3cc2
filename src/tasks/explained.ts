import type { Atlas } from "../sdk/client/index.ts";
import type { Explained, Forecast } from "./verdict.ts";

/** What became of an event, at all endpoints or at one. */
export async function explained(atlas: Atlas, event: string, endpoint?: string): Promise<Explained[]> {
  const rows: Explained[] = [];
  let cursor: string | undefined;
  do {
    const page = await atlas.events.explain(event, { endpoint_id: endpoint, cursor });
    rows.push(...page.data);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return rows;
}

/** What would become of an event that is JSON, at all endpoints. */
export async function forecast(atlas: Atlas, event: string): Promise<Forecast[]> {
  const rows: Forecast[] = [];
  let cursor: string | undefined;
  do {
    const page = await atlas.events.forecast(event, cursor);
    rows.push(...page.data);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return rows;
}

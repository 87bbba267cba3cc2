import type { PlayedEndpoint } from "../model.ts";
import { LATEST_ALARM_MS } from "../object.ts";
import type { Play, Tenant } from "../play.ts";
import { ADMIN_TOKEN } from "../simulated-service.ts";
import { type DeliveryRow, livingEndpoints, type ReadBack } from "./read-back.ts";
import type { Violation } from "./violation.ts";

/** One line of a scrape: its name with its labels but `workspace` and `endpoint`, as `atlas_deliveries_total dead`. */
type Scraped = Map<string, number>;

/**
 * What `/metrics` counts is exactly what is on record, whatever crashed in between: of each endpoint, and of a workspace
 * the sum of its endpoints, those that were deleted among them. Where a released version began that did not count, it is
 * what came since this one took over, or more.
 */
export async function metricViolations(play: Play, read: ReadBack): Promise<Violation[]> {
  const found: string[] = [];
  for (const tenant of new Set(livingEndpoints(play).map(([, tenant]) => tenant))) {
    const { body } = await play.client.insist({
      ...{ method: "GET", path: `/metrics?workspace=${tenant.id}&endpoints=true`, key: ADMIN_TOKEN },
      until: [200],
    });
    found.push(...(await violationsOf(play, read, tenant, String(body.text))));
  }
  return found.map((text) => ({ kind: "counters", text }));
}

async function violationsOf(play: Play, read: ReadBack, tenant: Tenant, text: string): Promise<string[]> {
  const found: string[] = [];
  const expect = (name: string, told: number | undefined, recorded: number, least = recorded) => {
    if ((told ?? 0) > recorded || (told ?? 0) < least)
      found.push(
        `${name} is ${told}, on record are ${recorded}${least < recorded ? `, to be counted ${least}` : ""}`,
      );
  };
  const { countsFrom } = play.service;
  const isCounted = (since: string) => countsFrom === 0 || Date.parse(since) > countsFrom;
  const ofWorkspace = scraped(text, /^atlas_(?!endpoint_)/);
  const living = livingEndpoints(play).filter(([, owner]) => owner === tenant);
  const sums = new Map<string, number>();
  let waiting = 0;
  for (const [endpoint] of living) {
    const told = scraped(text, new RegExp(`^atlas_endpoint_.*endpoint="${endpoint.id}"`));
    const isUntold = mayBeUntold(play, endpoint);
    const rows = read.deliveries.get(endpoint.id) ?? [];
    const counted = recordedOf(rows.filter((row) => isCounted(row.created_at)));
    for (const [name, count] of recordedOf(rows)) {
      const one = told.get(`atlas_endpoint_${name}`) ?? 0;
      sums.set(name, (sums.get(name) ?? 0) + one);
      expect(`endpoint ${endpoint.number}: ${name}`, one, count, isUntold ? 0 : (counted.get(name) ?? 0));
    }
    const pending = told.get("atlas_endpoint_pending_deliveries") ?? 0;
    waiting += pending;
    if (!isUntold) expect(`endpoint ${endpoint.number}: pending`, pending, 0);
  }
  const deletions = await play.client.list("/v1/audit?action=endpoint.deleted", tenant.key);
  // One that was not made after all was taken back, and may have been handed an event meanwhile.
  const hasDeleted = deletions.length > 0;
  for (const [name, sum] of sums) {
    const told = ofWorkspace.get(`atlas_${name}`) ?? 0;
    if (hasDeleted ? told < sum : told !== sum)
      found.push(`atlas_${name} is ${told}, its endpoints' are ${sum}`);
  }
  const events = await play.client.list<{ accepted_at: string }>("/v1/events?limit=200", tenant.key);
  const accepted = ofWorkspace.get("atlas_events_accepted_total");
  const since = events.filter((event) => isCounted(event.accepted_at)).length;
  expect("atlas_events_accepted_total", accepted, events.length, since);
  expect("atlas_pending_deliveries", ofWorkspace.get("atlas_pending_deliveries"), waiting);
  for (const name of ["due_endpoints", "lagging_endpoints", "handover_lag_seconds"])
    expect(`atlas_${name}`, ofWorkspace.get(`atlas_${name}`), 0);
  return found;
}

/** What an alarm that was lost was to tell is told after the next event, if that comes once the alarm cannot be late any more. */
function mayBeUntold({ service }: Play, { id }: PlayedEndpoint): boolean {
  const lostAt = service.endpoints.slots.get(id)?.alarmLostAt ?? null;
  if (lostAt === null) return false;
  return !service.receivers.arrivals.some(
    ({ endpoint, sentAt }) => endpoint === id && sentAt > lostAt + LATEST_ALARM_MS,
  );
}

/** What an endpoint's rows say that it must have counted. */
function recordedOf(rows: readonly DeliveryRow[]): Map<string, number> {
  const ended = (status: string) => rows.filter((row) => row.status === status).length;
  return new Map([
    ["deliveries_created_total", rows.length],
    ...["delivered", "dead", "canceled"].map((status): [string, number] => [
      `deliveries_total ${status}`,
      ended(status),
    ]),
    ["delivery_latency_seconds_count", ended("delivered")],
    ["attempt_duration_seconds_count", rows.reduce((sum, row) => sum + row.attempt_count, 0)],
  ]);
}

function scraped(text: string, form: RegExp): Scraped {
  const values: Scraped = new Map();
  for (const line of text.split("\n")) {
    const [, name, labels = "", value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === undefined || !form.test(line) || name.endsWith("_bucket")) continue;
    const rest = [...labels.matchAll(/(\w+)="([^"]*)"/g)].flatMap(([, label, of]) =>
      label === "workspace" || label === "endpoint" ? [] : [of],
    );
    values.set([name, ...rest].join(" "), Number(value));
  }
  return values;
}

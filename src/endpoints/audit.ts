import type { EndpointRow } from "../d1/tables.ts";
import type { AuditAction, AuditedChange } from "../domain/audit.ts";
import { MASK } from "../domain/mask.ts";
import { listedEndpointBody } from "./body.ts";
import type { EndpointSettings } from "./settings.ts";

/* What the audit log tells of an endpoint: the fields that differ, as lists show them, secrets as `***`. */

interface State {
  row: EndpointRow;
  settings: EndpointSettings;
}

/** The entry of an endpoint that is made. */
export function creationOf(row: EndpointRow, settings: EndpointSettings): AuditedChange {
  return {
    action: "endpoint.created",
    target: row.id,
    before: null,
    after: shown({ row, settings }),
    version: row.version,
  };
}

/** The entry of an endpoint that is deleted. */
export function deletionOf(row: EndpointRow, settings: EndpointSettings): AuditedChange {
  return {
    action: "endpoint.deleted",
    target: row.id,
    before: shown({ row, settings }),
    after: null,
    version: row.version + 1,
  };
}

/** The entry of a change; null if nothing differs. A secret that changed shows as `***` on both sides. */
export function differenceOf(action: AuditAction, from: State, to: State): AuditedChange | null {
  const [before, after] = [shown(from), shown(to)];
  const masked = [
    ...(isSame(from.settings.headers, to.settings.headers) ? [] : ["headers"]),
    ...(isSame(from.settings.auth, to.settings.auth) ? [] : ["auth"]),
    ...(isSame(from.settings.secrets, to.settings.secrets) ? [] : ["secret"]),
    ...(from.settings.url === to.settings.url ? [] : ["url"]),
  ];
  const differing = Object.keys(after).filter(
    (field) => masked.includes(field) || !isSame(before[field], after[field]),
  );
  if (differing.length === 0) return null;
  const { id: target, version } = to.row;
  return { action, target, before: pick(before, differing), after: pick(after, differing), version };
}

function shown({ row, settings }: State): Record<string, unknown> {
  const { created_at: _created, updated_at: _updated, ...body } = listedEndpointBody(row, settings);
  return { ...body, secret: settings.secrets.length === 0 ? null : MASK };
}

function pick(body: Record<string, unknown>, fields: string[]): Record<string, unknown> {
  return Object.fromEntries(fields.map((field) => [field, body[field]]));
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

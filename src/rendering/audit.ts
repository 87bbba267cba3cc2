import type { AuditEntryBody } from "../contract/audit.ts";
import type { AuditRow } from "../d1/tables.ts";
import { timeText } from "./time.ts";

/** An entry as the API shows it. */
export function auditEntryBody({ id, at, actor, action, target, before, after }: AuditRow): AuditEntryBody {
  const who = actor.kind === "key" ? actor : { kind: actor.kind, id: null, name: null };
  return { id, at: timeText(at), actor: who, action, target, before, after };
}

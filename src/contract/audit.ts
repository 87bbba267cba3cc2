import { z } from "@hono/zod-openapi";
import { AUDIT_ACTIONS } from "../domain/audit.ts";
import { idOf, listOf, listQuery, span, timeOf } from "./fields.ts";

const state = z.record(z.string(), z.unknown()).nullable();

export const auditEntry = z
  .object({
    id: idOf("aud"),
    at: timeOf("When it was changed."),
    actor: z
      .object({
        kind: z
          .enum(["key", "operator", "system"])
          .openapi({ description: "Who changed it: a key, the holder of ADMIN_TOKEN, or the service." }),
        id: z.string().nullable().openapi({ description: "The key's id; null for the others." }),
        name: z.string().nullable().openapi({ description: "The key's name at that time." }),
      })
      .openapi({ description: "`system`: an endpoint changed its own status." }),
    action: z.enum(AUDIT_ACTIONS).openapi({ description: "What was done." }),
    target: z.string().openapi({ description: "The id of what was changed." }),
    before: state.openapi({ description: "The fields that differ, secrets as `***`; null = it was made." }),
    after: state.openapi({ description: "The same fields afterwards; null = it was deleted." }),
  })
  .openapi("AuditEntry", {
    example: {
      id: "aud_01KAGW9ZQ8N3V5XTB2C4D6E7F8",
      at: "2026-11-20T09:30:00.000Z",
      actor: { kind: "key", id: "key_01KAGW9ZQ8N3V5XTB2C4D6E7F8", name: "ops" },
      action: "endpoint.updated",
      target: "ep_01KAGW9ZQ8N3V5XTB2C4D6E7F8",
      before: { status: "enabled" },
      after: { status: "paused" },
    },
  });

export const auditList = listOf(auditEntry).openapi("AuditList");

export const auditListQuery = listQuery.extend({
  action: z.enum(AUDIT_ACTIONS).optional().openapi({ description: "Only what was done so." }),
  target: z.string().max(128).optional().openapi({ description: "Only changes of what has this id." }),
  ...span,
});

export type AuditEntryBody = z.infer<typeof auditEntry>;

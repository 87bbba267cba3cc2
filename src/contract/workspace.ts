import { z } from "@hono/zod-openapi";
import { JURISDICTIONS } from "../domain/location.ts";
import { MOST_LOGS } from "../domain/log-shards.ts";
import { ORDER_BY } from "../domain/order.ts";
import { ROLE_NAMES } from "../domain/roles.ts";
import {
  apiVersion,
  asShown,
  idOf,
  list,
  listOf,
  orDefault,
  text,
  time,
  timeInput,
  timeOf,
} from "./fields.ts";
import { BY_FORM } from "./policy.ts";
import { portalScope, portalSettings, shownPortal } from "./portal.ts";

const settings = {
  name: text(128).openapi({ description: "For people.", example: "Acme" }),
  api_version: apiVersion,
  validate_events: z.boolean().openapi({
    description:
      "Whether an event must be of one of the workspace's event types, its `data` by that type's schema. A change takes effect within 10 s.",
  }),
};

const logShards = z.int().min(1).max(MOST_LOGS).openapi({
  description:
    "How many logs take the workspace's events side by side, 1 to 32; it can only be raised. With more than one, the order of the values of `shard_by` alone is kept.",
});

const shardBy = z.string().regex(ORDER_BY, BY_FORM).nullable().openapi({
  description:
    "Whose values decide which log an event goes to: `context.<name>`, `data.<path>` or `tag:<prefix>`; null = chance. Fixed once there are several logs.",
  example: "context.customer",
});

const logs = { log_shards: logShards, shard_by: shardBy };

const portal = portalSettings.openapi({
  description: "How the customers' portal looks. A change replaces all of it.",
});

const jurisdiction = z.enum(JURISDICTIONS).nullable().openapi({
  description:
    "The jurisdiction that the objects of the workspace are bound to: its events, deliveries and their records are stored and processed there. Fixed when the workspace is made; null = none. On Cloudflare only.",
});

const catalog = list(text(64), { max: 16 }).openapi({
  description:
    "The contracts whose event types the workspace starts with, by their dialects. Fixed when the workspace is made; those of `standard` are none, and the service's own are always there.",
  example: ["atlas", "brokers"],
});

const readOnly = { id: idOf("ws"), jurisdiction, catalog, created_at: timeOf("When it was made.") };

/** The fields that a change may carry only as they are shown. */
export const READ_ONLY_WORKSPACE_FIELDS = Object.keys(readOnly);

export const workspace = z
  .object({ ...settings, ...logs, portal: shownPortal, ...readOnly })
  .openapi("Workspace");

export const newWorkspace = z
  .strictObject({
    name: settings.name,
    jurisdiction: jurisdiction.optional(),
    catalog: catalog.default([]),
  })
  .openapi("NewWorkspace", {
    example: { name: "Acme", catalog: ["atlas", "brokers"] },
  });

export const createdWorkspace = workspace
  .extend({ key: z.string().openapi({ description: "An admin key, shown once.", example: "ak_…" }) })
  .openapi("CreatedWorkspace");

const { name, ...withDefaults } = { ...settings, portal };

/** `null` = what a new workspace has. */
export const workspaceChange = z
  .strictObject({ name, ...orDefault(withDefaults), ...logs, ...asShown(readOnly) })
  .partial()
  .openapi("WorkspaceChange", {
    example: { name: "Acme Ltd" },
  });

export const workspaceList = listOf(workspace).openapi("WorkspaceList");

const rateLimit = z.number().min(0.1).max(10_000).nullable().openapi({
  description: "Requests per second; null = no limit. Counted by each of the service's isolates for itself.",
});

const role = z.enum(ROLE_NAMES).openapi({ description: "What it may do: see docs/api.md, Keys." });

export const apiKey = z
  .object({
    id: idOf("key"),
    name: z.string().openapi({ description: "Whose it is, for people." }),
    role,
    created_at: timeOf("When it was made."),
    expires_at: time.nullable().openapi({ description: "When it stops working; null = never." }),
    last_used_at: time.nullable().openapi({ description: "To the hour." }),
    rate_limit: rateLimit,
    scope: portalScope
      .nullable()
      .openapi({ description: "The part of the workspace that a portal session is for; null = all of it." }),
  })
  .openapi("ApiKey");

/** A key as its holder sees it. */
export const currentKey = z
  .object({
    id: idOf("key"),
    name: z.string().openapi({ description: "Whose it is, for people." }),
    role,
    expires_at: time.nullable().openapi({ description: "When it stops working; null = never." }),
    workspace: z
      .object({ id: idOf("ws"), name: z.string().openapi({ description: "For people." }) })
      .openapi({ description: "What it is a key of." }),
    scope: portalScope
      .nullable()
      .openapi({ description: "The part of the workspace that a portal session is for; null = all of it." }),
    portal: shownPortal.openapi({ description: "How the workspace's portal looks." }),
  })
  .openapi("CurrentKey", {
    example: {
      id: "key_01KAGW9ZQ8N3V5XTB2C4D6E7F8",
      name: "ops",
      role: "admin",
      expires_at: null,
      workspace: { id: "ws_01KAGW9ZQ8N3V5XTB2C4D6E7F8", name: "Acme" },
      scope: null,
      portal: {
        ...{ name: null, logo_url: null, accent: "#1d4ed8", theme: "system", refresh_url: null },
        ...{ frame_ancestors: [], locale_strings: {} },
      },
    },
  });

export const newApiKey = z
  .strictObject({
    name: text(128).openapi({ description: "Whose it is, for people: audit entries show it." }),
    role,
    expires_at: timeInput
      .nullable()
      .optional()
      .openapi({ description: "When it stops working; null = never. A portal key needs it." }),
    rate_limit: rateLimit.optional(),
  })
  .openapi("NewApiKey", { example: { name: "billing service", role: "publisher" } });

export const createdApiKey = apiKey
  .extend({ key: z.string().openapi({ description: "Shown once.", example: "ak_…" }) })
  .openapi("CreatedApiKey");

export const apiKeyList = listOf(apiKey).openapi("ApiKeyList");

export type WorkspaceBody = z.infer<typeof workspace>;
export type ApiKeyBody = z.infer<typeof apiKey>;
export type NewApiKeyBody = z.output<typeof newApiKey>;

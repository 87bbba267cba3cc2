import { z } from "@hono/zod-openapi";
import { REPLAY_BATCH_STATES, REPLAY_JOB_STATES, REPLAY_STATUSES } from "../domain/replay-messages.ts";
import { lastAttemptFilters } from "./delivery.ts";
import { typePatterns } from "./endpoint-fields.ts";
import { givenEventId } from "./event.ts";
import { idOf, list, listOf, listQuery, span, timeOf } from "./fields.ts";

const replayStatus = z.enum(REPLAY_STATUSES);

const STATUS_TEXT =
  "`dead` leaves out those already replayed, `missed` those the endpoint has a delivery for; `any` takes each matching event once and never pending ones.";

const selection = {
  types: typePatterns.openapi({
    description: "Patterns of types, any of which may match; absent = all.",
    example: ["contact.updated"],
  }),
  event_ids: list(givenEventId.openapi({ type: "string", minLength: 1, maxLength: 256 }), {
    min: 1,
    max: 1000,
  }).openapi({ description: "Those the endpoint has nothing to replay for are passed over." }),
  rate_per_second: z
    .number()
    .min(0.01)
    .max(10_000)
    .openapi({ description: "How many it enqueues a second; absent = as fast as leaves room for others." }),
};

const lastAttempt = {
  error: lastAttemptFilters.error.openapi({ description: "Of `dead` ones: of the last attempt." }),
  response_status: lastAttemptFilters.response_status.openapi({
    description: "Of `dead` ones: of the last attempt's answer, `503` or `5xx`.",
  }),
};

/** Only what is dead is told apart by what its last attempt came to. */
function onlyOfDead(
  input: { status?: string; error?: string; response_status?: string },
  context: z.RefinementCtx,
): void {
  if (input.status === "dead") return;
  for (const name of ["error", "response_status"] as const) {
    if (input[name] === undefined) continue;
    context.addIssue({ code: "custom", path: [name], message: "must be left out unless `status` is `dead`" });
  }
}

const dryRun = z.boolean().default(false).openapi({ description: "Counts, and enqueues nothing." });

/** A dry run may be asked for in the query, too, whatever the body. */
export const replayQuery = z.strictObject({
  dry_run: z
    .enum(["true", "false"])
    .default("false")
    .transform((value) => value === "true")
    .openapi({ type: "boolean", description: "Counts, and enqueues nothing." }),
});

export const replayJobInput = z
  .strictObject({
    status: replayStatus.default("any").openapi({ description: STATUS_TEXT }),
    ...span,
    types: selection.types.optional(),
    event_ids: selection.event_ids.optional(),
    ...lastAttempt,
    rate_per_second: selection.rate_per_second.optional(),
    dry_run: dryRun,
  })
  .superRefine(onlyOfDead)
  .openapi("ReplayJobInput", {
    description: "Events with from ≤ accepted_at < to, in their original order.",
    example: { status: "any", types: ["contact.updated"], from: "2026-11-18T00:00:00Z" },
  });

/** What a job takes, as it was asked for. */
const selected = z
  .object({
    status: replayStatus.openapi({ description: "As it was asked for." }),
    from: timeOf("Events accepted from this time on."),
    to: timeOf("Events accepted before this time: at the latest, when it was asked for."),
    types: z.array(z.string()).optional().openapi({ description: "Patterns of their types; absent = all." }),
    event_ids: z.array(z.string()).optional().openapi({ description: "The events; absent = all." }),
    error: z.string().optional().openapi({ description: "Of the last attempt; absent = whatever it was." }),
    response_status: z
      .string()
      .optional()
      .openapi({ description: "Of the last answer; absent = whatever it was." }),
    rate_per_second: z.number().optional().openapi({ description: "How many it enqueues a second." }),
  })
  .openapi({ description: "What it takes, as it was asked for." });

/** What a dry run found. */
const preview = z
  .object({
    first_accepted_at: timeOf("When the first of the events was accepted; null = there is none.").nullable(),
    last_accepted_at: timeOf("When the last of them was accepted; null = there is none.").nullable(),
    estimated_seconds: z.number().openapi({
      description: "How long a replay of them takes, at its rate and the endpoint's `rate_limit`.",
    }),
    sample: z
      .array(
        z
          .object({
            id: z.string().openapi({ description: "What the event's publisher calls it." }),
            event_id: idOf("evt"),
            type: z.string().openapi({ description: "The event's type." }),
            accepted_at: timeOf("When it was accepted."),
            endpoint_id: idOf("ep"),
          })
          .openapi("ReplaySampleEvent"),
      )
      .openapi({ description: "At most five of the events." }),
  })
  .openapi("ReplayPreview");

const previewOrNull = preview.nullable().openapi({
  description: "What a dry run found, as far as it has come; null = it is none, or this is a list.",
});

export const replayJob = z
  .object({
    id: idOf("rpl"),
    endpoint_id: idOf("ep"),
    replay_id: z
      .string()
      .nullable()
      .openapi({ description: "The replay over several endpoints that it is part of." }),
    state: z.enum(REPLAY_JOB_STATES).openapi({ description: "`running`, or how it ended." }),
    select: selected,
    total: z.int().nullable().openapi({
      description: "How many it takes; null until they are counted. It rises where more have ended since.",
    }),
    done: z.int().openapi({ description: "How many are enqueued." }),
    error: z.string().nullable().openapi({ description: "Why it failed." }),
    dry_run: z.boolean().openapi({ description: "Whether it counts alone." }),
    preview: previewOrNull,
    created_at: timeOf("When it was asked for."),
  })
  .openapi("ReplayJob");

export const replayJobList = listOf(replayJob).openapi("ReplayJobList");

export const replayJobListQuery = listQuery;

/** An empty body by mistake must not send every event to every endpoint again. */
const NARROWING = ["endpoint_ids", "types", "from", "to"] as const;

function statusOrLess(
  input: { status?: string } & { [Name in (typeof NARROWING)[number]]?: unknown },
  context: z.RefinementCtx,
): void {
  if (input.status !== undefined || NARROWING.some((name) => input[name] !== undefined)) return;
  const message =
    "is required unless `endpoint_ids`, `types`, `from` or `to` narrows the replay; `any` takes all";
  context.addIssue({ code: "custom", path: ["status"], message });
}

/** A replay over several endpoints. */
export const replayInput = z
  .strictObject({
    endpoint_ids: z
      .array(z.string().max(64))
      .min(1)
      .max(100)
      .refine((ids) => new Set(ids).size === ids.length, "must not name an endpoint twice")
      .optional()
      .openapi({ description: "Absent = all that are enabled." }),
    status: replayStatus.optional().openapi({
      description: `${STATUS_TEXT} Absent = \`any\`, where \`endpoint_ids\`, \`types\`, \`from\` or \`to\` narrows the replay; else it is required.`,
    }),
    ...span,
    types: selection.types.optional(),
    ...lastAttempt,
    rate_per_second: selection.rate_per_second.optional(),
    dry_run: dryRun,
  })
  .superRefine(onlyOfDead)
  .superRefine(statusOrLess)
  .openapi("ReplayInput", {
    description: "Events with from ≤ accepted_at < to, per endpoint in their original order.",
    example: { status: "dead", from: "2026-11-20T00:00:00Z", error: "status", dry_run: true },
  });

export const replay = z
  .object({
    id: idOf("rpb"),
    state: z.enum(REPLAY_BATCH_STATES).openapi({ description: "`running`, or how it ended." }),
    dry_run: z.boolean().openapi({ description: "Whether it counts alone." }),
    select: selected,
    endpoints: z.int().openapi({ description: "How many endpoints it is done with, one after the other." }),
    failed: z
      .int()
      .openapi({ description: "Of how many of them the job failed, as where one was disabled." }),
    total: z.int().openapi({ description: "How many it takes, as far as it has come." }),
    done: z.int().openapi({ description: "How many are enqueued." }),
    preview: previewOrNull,
    created_at: timeOf("When it was asked for."),
  })
  .openapi("Replay");

export const replayList = listOf(replay).openapi("ReplayList");

import { z } from "zod";
import { REPLAY_STATUSES } from "../domain/replay-messages.ts";
import { isAllowed } from "../domain/roles.ts";
import { platform } from "../platform.ts";
import { countOf, planNamed, replayNamed } from "../tasks/named-replay.ts";
import { followReplay, type Progress, type Selection, startReplay } from "../tasks/selected-replay.ts";
import { type Tool, type ToolContext, tool } from "./tool.ts";
import { ToolError } from "./tool-error.ts";

/** How long an agent waits for a count, and for the end of a replay: less than clients wait for an answer. */
const COUNTED_WITHIN_MS = 45_000;
const FOLLOWED_FOR_MS = 20_000;

const time = () => z.string().describe("RFC 3339, as 2026-11-20T00:00:00Z.");

const selecting = () => ({
  event_ids: z.array(z.string()).min(1).max(100).optional(),
  endpoint_ids: z
    .array(z.string())
    .min(1)
    .max(100)
    .optional()
    .describe("Absent = all enabled ones that match."),
  status: z.enum(REPLAY_STATUSES).optional(),
  types: z.array(z.string()).optional(),
  error: z.string().optional().describe("Of dead ones: of the last attempt."),
  from: time().optional(),
  to: time().optional(),
  rate_per_second: z.number().positive().optional(),
});

type Given = z.output<z.ZodObject<ReturnType<typeof selecting>>>;

/** What a plan comes to. */
interface Plan {
  total: number;
  /** What the agent, and whoever watches it, sees of it. */
  shown: object;
  /** What the confirmation is for. */
  planned: object;
  /** Carries it out: with the same key a second time as if it were the first. */
  carryOut(key: string): Promise<unknown>;
}

/**
 * Replays in two calls: the first counts, shows a sample and gives a confirmation, the second carries out exactly that. An
 * agent cannot replay what it, and whoever watches it, has not seen counted; and whoever is asked to allow the second call
 * sees in its arguments what goes.
 */
export const replayingTools = (): readonly Tool[] => [
  tool({
    name: "plan_replay",
    title: "Count a replay",
    description:
      "First step of a replay: counts what would be delivered again and shows a sample; nothing is sent. Show the count to the user, and call replay with the same arguments and the confirmation only once they agree. Either event_ids, or status with the rest.",
    input: selecting(),
    permission: "endpoints:write",
    isReadOnly: true,
    run: async (context, given) => {
      const atMs = platform.nowMs();
      const { total, shown, planned } = isNamed(context, given)
        ? await planOfNamed(context, given)
        : await counted(context, selectionOf(given, atMs));
      const confirmation = total === 0 ? null : context.confirmations.of(planned, atMs);
      return { total, ...shown, confirmation };
    },
  }),
  tool({
    name: "replay",
    title: "Carry out a replay",
    description:
      "Second step of a replay: carries out what plan_replay counted, once: called again with the same confirmation it sends nothing more. Give the very arguments of plan_replay. Needs the user's agreement.",
    input: { ...selecting(), confirmation: z.string().describe("Of plan_replay; good for ten minutes.") },
    permission: "endpoints:write",
    isReadOnly: false,
    run: async (context, { confirmation, ...given }) => {
      const atMs = context.confirmations.plannedAt(confirmation, platform.nowMs());
      const plan = isNamed(context, given)
        ? await planOfNamed(context, given)
        : planOfSelected(context, selectionOf(given, atMs));
      context.confirmations.ensure(confirmation, plan.planned, atMs);
      return plan.carryOut(confirmation);
    },
  }),
];

/**
 * Whether events go by their names, each to the endpoints that take it. Who may not read events, as a portal session, has
 * them selected at its endpoint instead.
 */
function isNamed({ caller }: ToolContext, { event_ids: events, endpoint_ids: endpoints }: Given): boolean {
  if (events === undefined) return false;
  if (isAllowed(caller.role, "events:read")) return true;
  if (endpoints?.length === 1) return false;
  throw new ToolError(
    "With this key named events are replayed to one endpoint at a time: name it in endpoint_ids.",
  );
}

async function planOfNamed(
  { atlas }: ToolContext,
  { event_ids: events = [], endpoint_ids: endpoints = [] }: Given,
): Promise<Plan> {
  const found = await planNamed(atlas, events, endpoints);
  return {
    total: countOf(found),
    shown: { events: found },
    planned: { events: found.map(({ event_id, endpoint_ids }) => [event_id, endpoint_ids]) },
    carryOut: async (key) => {
      const deliveries: unknown[] = [];
      await replayNamed(
        atlas,
        found,
        (made) => deliveries.push(...made),
        (place) => `${key}.${place}`,
      );
      return { deliveries };
    },
  };
}

function selectionOf(given: Given, atMs: number): Selection {
  const { event_ids: events = [], endpoint_ids: endpoints = [], status, ...rest } = given;
  if (status === undefined && events.length === 0) throw new ToolError("Give event_ids, or a status.");
  // What is counted is what goes: not what comes in meanwhile.
  const to = rest.to ?? new Date(atMs).toISOString();
  return { endpoints, events, select: { ...rest, status: status ?? "any", to } as Selection["select"] };
}

/** A plan of what is selected, without its count. */
function planOfSelected({ atlas, signal }: ToolContext, selection: Selection): Omit<Plan, "total"> {
  return {
    shown: {},
    planned: { selection },
    carryOut: async (key) => {
      const started = await startReplay(atlas, selection, false, { idempotencyKey: key });
      return followed(
        await followReplay(atlas, started, signal, () => {}, platform.nowMs() + FOLLOWED_FOR_MS),
      );
    },
  };
}

async function counted(context: ToolContext, selection: Selection): Promise<Plan> {
  const { atlas, signal } = context;
  const started = await startReplay(atlas, selection, true);
  const count = await followReplay(atlas, started, signal, () => {}, platform.nowMs() + COUNTED_WITHIN_MS);
  if (count.state === "running")
    throw new ToolError(
      "It is too much to be counted soon: narrow it by from and to, by types or by endpoint_ids.",
    );
  if (count.state !== "done") throw new ToolError(`It cannot be counted: ${count.error ?? count.state}.`);
  return {
    ...planOfSelected(context, selection),
    total: count.total ?? 0,
    shown: { preview: count.preview },
  };
}

function followed(progress: Progress): object {
  const next = progress.state === "running" ? { next: "It goes on in the service: see get_replay." } : {};
  return { ...progress, ...next };
}

import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Atlas } from "../../sdk/client/index.ts";
import { countOf, planNamed, replayNamed } from "../replay/named.ts";
import { followReplay, type Selection, startReplay } from "../replay/selection.ts";
import { CommandError } from "../shell/failure.ts";
import { type Tool, tool, WRITERS } from "./tool.ts";

/** How long a plan can be carried out: what it counted goes stale. */
const PLAN_MS = 10 * 60_000;

const MOST_PLANS = 100;

interface Plan {
  until: number;
  carryOut(): Promise<unknown>;
}

const time = z.string().describe("RFC 3339, as 2026-11-20T00:00:00Z.");

/**
 * Replays in two calls: the first counts, shows a sample and gives a confirmation, the second carries out exactly that. An
 * agent cannot replay what it, and whoever watches it, has not seen counted.
 */
export function replayingTools(signal: AbortSignal): readonly Tool[] {
  const plans = new Map<string, Plan>();
  const confirmationOf = (carryOut: () => Promise<unknown>): string => {
    const confirmation = randomUUID();
    if (plans.size >= MOST_PLANS) plans.delete(plans.keys().next().value ?? "");
    plans.set(confirmation, { until: Date.now() + PLAN_MS, carryOut });
    return confirmation;
  };
  return [
    tool({
      name: "plan_replay",
      title: "Count a replay",
      description:
        "First step of a replay: counts what would be delivered again and shows a sample; nothing is sent. Show the count to the user, and call replay with the confirmation only once they agree. Either event_ids, or status with the rest.",
      input: {
        event_ids: z.array(z.string()).min(1).max(100).optional(),
        endpoint_ids: z
          .array(z.string())
          .min(1)
          .max(100)
          .optional()
          .describe("Absent = all enabled ones that match."),
        status: z.enum(["dead", "delivered", "missed", "any"]).optional(),
        types: z.array(z.string()).optional(),
        error: z.string().optional().describe("Of dead ones: of the last attempt."),
        from: time.optional(),
        to: time.optional(),
        rate_per_second: z.number().positive().optional(),
      },
      roles: WRITERS,
      isReadOnly: true,
      run: async (atlas, { event_ids: events, endpoint_ids: endpoints = [], status, ...rest }) => {
        if (events !== undefined) return planEvents(atlas, events, endpoints);
        if (status === undefined) throw new CommandError("Give event_ids, or a status.");
        const to = rest.to ?? new Date().toISOString();
        const selection = { endpoints, events: [], select: { ...rest, status, to } as Selection["select"] };
        const counted = await followReplay(
          atlas,
          await startReplay(atlas, selection, true),
          signal,
          () => {},
        );
        if (counted.state !== "done")
          throw new CommandError(`It cannot be counted: ${counted.error ?? counted.state}.`);
        const carryOut = async () =>
          followReplay(atlas, await startReplay(atlas, selection, false), signal, () => {});
        return planned(counted.total ?? 0, { preview: counted.preview }, carryOut);
      },
    }),
    tool({
      name: "replay",
      title: "Carry out a replay",
      description:
        "Second step of a replay: carries out what plan_replay counted, once. Needs the user's agreement.",
      input: { confirmation: z.string().describe("Of plan_replay; good for ten minutes.") },
      roles: WRITERS,
      isReadOnly: false,
      run: (_atlas, { confirmation }) => {
        const plan = plans.get(confirmation);
        plans.delete(confirmation);
        if (plan === undefined || plan.until < Date.now())
          throw new CommandError(
            "This confirmation is not known, was used, or is too old: call plan_replay again.",
          );
        return plan.carryOut();
      },
    }),
  ];

  async function planEvents(atlas: Atlas, events: readonly string[], endpoints: readonly string[]) {
    const found = await planNamed(atlas, events, endpoints);
    return planned(countOf(found), { events: found }, async () => {
      const deliveries: unknown[] = [];
      await replayNamed(atlas, found, (made) => deliveries.push(...made));
      return { deliveries };
    });
  }

  function planned(total: number, more: object, carryOut: () => Promise<unknown>): object {
    return { total, ...more, confirmation: total === 0 ? null : confirmationOf(carryOut) };
  }
}

import type { EndpointConfig } from "../domain/endpoint.ts";
import { isSameOrder, orderBy } from "../domain/order.ts";
import type { Prepared } from "./attempt/prepared.ts";
import { told } from "./health/operational.ts";
import type { EndpointParts } from "./parts.ts";
import { waitsUntil } from "./tables/waiting-time.ts";

/**
 * What a change of configuration means for the deliveries that are there, and for who is told; part of the change's
 * transaction. Rules: the contract's, "Endpoint".
 */
export function followChange(
  { config: before, policy: policyBefore }: Prepared,
  { config: after, policy }: Prepared,
  { leases, operational, queue, standing, surroundings, sweeps }: EndpointParts,
): void {
  const isResumed = before.status !== "enabled" && after.status === "enabled";
  if (isResumed) {
    standing.endHold();
    leases.noteResumed();
  }
  const isByKey = orderBy(policy.order) !== null;
  if (isByKey && !isSameOrder(policyBefore.order, policy.order)) sweeps.add({ action: "reorder" });
  // Before what is retried at once: it would be put off again.
  if (JSON.stringify(policyBefore.retry) !== JSON.stringify(policy.retry)) sweeps.add({ action: "retime" });
  if (isByKey && (isResumed || before.url !== after.url))
    sweeps.add({ action: "retryHeads", at: surroundings.nowMs() });
  if (policy.order === "endpoint" && (isResumed || before.url !== after.url)) {
    const head = queue.lowestPending();
    const isOut = head !== null && (queue.isInFlight(head.sequence) || leases.has(head.sequence));
    if (head && waitsUntil(head) !== null && !isOut) queue.setDue(head.sequence, surroundings.nowMs());
  }
  if (after.status !== before.status) noteStatus(after, { operational, standing });
}

/**
 * What follows from the first configuration that an object has which stored nothing: it has no delivery, no hold and nothing else that a
 * change could concern. But its status may have been changed before anything came to it, and of that nobody was told: to note it
 * stores the configuration, too, so that no later life does so again.
 */
export function followFirst(
  { config }: Prepared,
  parts: Pick<EndpointParts, "operational" | "standing">,
): void {
  if (config.statusVersion !== null) noteStatus(config, parts);
}

function noteStatus(
  { status, statusReason }: EndpointConfig,
  { operational, standing }: Pick<EndpointParts, "operational" | "standing">,
): void {
  if (status === "enabled") return;
  operational.note(`webhooks.endpoint.${status}`, {
    ...{ status, reason: statusReason },
    ...told(standing.consecutiveFailures, null, standing.failingSince),
  });
}

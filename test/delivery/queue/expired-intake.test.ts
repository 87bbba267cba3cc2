import { expect, it } from "vitest";
import { DeliveryQueue } from "../../../src/delivery/queue/queue.ts";
import { event } from "../events.ts";
import { withRig } from "../rig.ts";

const DAY_MS = 24 * 3600 * 1000;

it("takes what has expired on its way as dead, among what is pending, and counts the rest right after a restart", () =>
  withRig(async (rig) => {
    const old = (n: number) => ({ ...event(n), acceptedAt: rig.now - 31 * DAY_MS });
    const events = Array.from({ length: 600 }, (_, n) => (n % 3 === 1 ? old(n + 1) : event(n + 1)));
    rig.intake.take({ workspaceId: "ws_1", logId: "ws_1", events }, rig.now);
    const statuses = rig.sql
      .exec<{ status: number; n: number }>("SELECT status, count(*) AS n FROM deliveries GROUP BY status")
      .toArray();
    expect(statuses).toEqual([
      { status: 0, n: 400 },
      { status: 2, n: 200 },
    ]);
    for (const queue of [rig.queue, new DeliveryQueue(rig.sql)]) expect(queue.pendingCount).toBe(400);
    const bytes = new DeliveryQueue(rig.sql).pendingBytes;
    expect(bytes).toBe(rig.queue.pendingBytes);
  }));

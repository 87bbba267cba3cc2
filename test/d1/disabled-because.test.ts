import { env } from "cloudflare:workers";
import { drizzle } from "drizzle-orm/d1";
import { expect, it } from "vitest";
import { disabledBecause } from "../../src/d1/audit.ts";
import { auditEntries } from "../../src/d1/tables.ts";
import { newId } from "../../src/domain/ids.ts";
import { platform } from "../../src/platform.ts";

const AT_MS = Date.UTC(2026, 10, 20);

let endpoints = 0;

/** The reason that is told of an endpoint whose only change of status is on record as this. */
async function toldOf(after: Record<string, unknown>) {
  const target = `ep_${++endpoints}`;
  await drizzle(env.DB)
    .insert(auditEntries)
    .values({
      id: newId("aud", AT_MS, platform),
      workspaceId: "ws_1",
      at: AT_MS,
      actor: { kind: "system" },
      action: "endpoint.status_changed",
      target,
      after,
    });
  return (await disabledBecause(env.DB, "ws_1", [target], AT_MS + 1000)).get(target);
}

it.each(["gone", "consecutive_failures", "listener_left"])(
  "tells why the service itself disabled an endpoint: %s",
  async (reason) => {
    expect(await toldOf({ status: "disabled", status_reason: reason })).toBe(reason);
  },
);

it("tells that somebody disabled it by hand, and nothing of one that was enabled", async () => {
  expect(await toldOf({ status: "disabled", status_reason: null })).toBe("by_hand");
  expect(await toldOf({ status: "enabled", status_reason: null })).toBeUndefined();
});

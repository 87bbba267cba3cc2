import { dialects } from "../../src/dialects/index.ts";
import type { OutgoingDelivery } from "../../src/domain/delivery.ts";
import { platform } from "../../src/platform.ts";

/** The API's rule in one line: secrets where the dialect signs. */
function secretsOf(name: keyof typeof dialects): string[] {
  const { secret } = dialects[name];
  return secret.presence === "never" ? [] : [secret.generate(platform)];
}

/**
 * `POST /?dialect=…&count=…` with an event's data: builds and signs that many requests, and answers how many bytes
 * they had. workerd's clock stands still meanwhile, so the time is taken by who asks.
 */
export default {
  async fetch(request) {
    const query = new URL(request.url).searchParams;
    const name = query.get("dialect") as keyof typeof dialects;
    const count = Number(query.get("count"));
    const data = await request.text();
    const now = Date.now();
    const delivery: OutgoingDelivery = {
      event: {
        position: now * 1024,
        id: "evt_01HFXZR2V3K8M4N5P6Q7R8S9T0",
        type: "deal.created",
        created: Math.floor(now / 1000),
        apiVersion: "2026-01-15",
        tags: [],
        context: {},
        acceptedAt: now,
        data,
      },
      workspaceId: "ws_01HFXZR2V3K8M4N5P6Q7R8S9T1",
      endpointId: "ep_01HFXZR2V3K8M4N5P6Q7R8S9T2",
      sequence: 1,
      attempt: 1,
      isReplay: false,
      firedAt: now,
      attemptId: "6a1c9a52-66a6-4d2b-a4fb-7a3e0c6e8b11",
    };
    const secrets = secretsOf(name);
    let bytes = 0;
    for (let i = 0; i < count; i++) {
      const built = dialects[name].build(
        { ...delivery, sequence: i },
        { secrets, nowMs: now + i, options: {} },
      );
      bytes += built.body.length;
    }
    return new Response(String(bytes));
  },
} satisfies ExportedHandler;

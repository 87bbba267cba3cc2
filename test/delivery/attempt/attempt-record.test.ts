import { describe, expect, it } from "vitest";
import { standardPolicy } from "../../../src/contract/policy.ts";
import { Deadlines } from "../../../src/deadlines.ts";
import { attempt } from "../../../src/delivery/attempt/attempt.ts";
import { Authenticator } from "../../../src/delivery/attempt/auth.ts";
import type { Dialect } from "../../../src/dialects/dialect.ts";
import { dialects } from "../../../src/dialects/index.ts";
import { platform } from "../../../src/platform.ts";
import { event, START } from "../events.ts";

const url = "https://receiver.example/abcdefgh/ijkl?token=mnop";

/** The record of an attempt to that URL, and where it was sent. */
async function recorded(dialect: Dialect) {
  let sentTo = "";
  const { attempt: record } = await attempt(
    {
      delivery: {
        event: event(1),
        workspaceId: "ws_1",
        endpointId: "ep_1",
        sequence: 1,
        attempt: 1,
        isReplay: false,
        firedAt: START,
      },
      policyVersion: 3,
      url,
      isUrlAllowed: true,
      policy: standardPolicy(dialect.defaults),
      dialect,
      options: {},
      secrets: { secrets: [], headers: {}, auth: null },
      carry: null,
      authenticator: new Authenticator(null),
    },
    {
      sender: () => async (input) => {
        sentTo = String(input);
        return new Response("ok");
      },
      closeIdle: () => {},
      diagnose: async () => "connect",
      platformError: () => null,
      deadlines: new Deadlines(platform),
      nowMs: () => START,
      turn: () => null,
    },
  );
  return { record, sentTo };
}

describe("the record of an attempt", () => {
  it("masks the URL where it is the receiver's secret", async () => {
    const { record, sentTo } = await recorded(dialects.voice);
    expect(sentTo).toBe(url);
    expect(record.request.url).toBe("https://receiver.example/abcd***");
    expect(JSON.stringify(record)).not.toContain("efgh");
  });

  it("shows it where it is not", async () => {
    expect((await recorded(dialects.brokers)).record.request.url).toBe(url);
  });
});

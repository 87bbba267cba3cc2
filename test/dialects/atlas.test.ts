import Stripe from "stripe";
import { describe, expect, it } from "vitest";
import { dialects } from "../../src/dialects/index.ts";
import { header, outgoing, signing } from "./outgoing.ts";

const { build, secret } = dialects.atlas;
const current = "whsec_current-0123456789";
const previous = "whsec_previous-0123456789";
const { webhooks } = Stripe;

describe("atlas", () => {
  it("is accepted by stripe.webhooks.constructEvent", () => {
    const { body, headers } = build(outgoing('{"value":48000,"name":"Zoë 🜁"}'), signing([current]));
    const event = webhooks.constructEvent(body, header(headers, "Atlas-Signature"), current);
    expect(event).toMatchObject({ id: "evt_01HFXZR2V3K8M4N5P6Q7R8S9T0", type: "deal.created" });
  });

  it("is accepted with the new and with the old secret during a rotation, and with no other", () => {
    const { body, headers } = build(outgoing("{}"), signing([current, previous]));
    const signature = header(headers, "Atlas-Signature");
    expect(webhooks.constructEvent(body, signature, current)).toBeTruthy();
    expect(webhooks.constructEvent(body, signature, previous)).toBeTruthy();
    expect(() => webhooks.constructEvent(body, signature, "whsec_other")).toThrow();
    expect(() => webhooks.constructEvent(`${body} `, signature, current)).toThrow();
  });

  it("signs the time of the attempt, so that a retry a day later still verifies", () => {
    const retry = outgoing("{}", { attempt: 8, event: { created: 1_600_000_000 } });
    const { body, headers } = build(retry, signing([current]));
    expect(webhooks.constructEvent(body, header(headers, "Atlas-Signature"), current)).toBeTruthy();
    expect(headers["Atlas-Attempt"]).toBe("8");
  });

  it("marks only replays, and gives them the sequence of their own delivery", () => {
    const first = build(outgoing("{}"), signing([current])).headers;
    const replay = build(outgoing("{}", { isReplay: true, sequence: 90 }), signing([current]));
    expect(first).not.toHaveProperty("Atlas-Replay");
    expect(replay.headers).toMatchObject({ "Atlas-Replay": "true", "Atlas-Sequence": "90" });
    expect(JSON.parse(replay.body)).toMatchObject({ sequence: 90, id: "evt_01HFXZR2V3K8M4N5P6Q7R8S9T0" });
  });

  it("refuses secrets that are short or do not survive ASCII", () => {
    for (const bad of ["", "short", "sixteen chars né!", "with a space in it"]) {
      expect(secret.problem(bad), bad).not.toBeNull();
    }
    expect(secret.problem("my-own-secret-from-before")).toBeNull();
  });
});

import { expect, it } from "vitest";
import { freshSample } from "../../src/catalog/fresh-sample.ts";
import { platform } from "../../src/platform.ts";

it("gives each identity of a sample a new value of its kind, and leaves all else", () => {
  const sample = {
    id: "5a1f0c1e-8f0e-4a3b-9a55-0d7f1f3f2b10",
    callId: "call_9f31c2",
    messageId: "2041",
    event_id: 42,
    call_id: null,
    campaignId: "cmp_1",
    customer_id: "cus_1",
    nested: { id: "note_1" },
  };
  const fresh = freshSample(sample, platform);
  expect(fresh).toEqual({
    ...sample,
    id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    callId: expect.stringMatching(/^call_[0-9a-f]{16}$/),
    messageId: expect.stringMatching(/^[0-9a-f]{16}$/),
    event_id: expect.any(Number),
  });
  for (const name of ["id", "callId", "messageId", "event_id"] as const)
    expect(fresh[name]).not.toBe(sample[name]);
  expect(Object.keys(fresh)).toEqual(Object.keys(sample));
});

import { expect, it } from "vitest";
import {
  cancelAnswerShape,
  replayAnswerShape,
  retryAnswerShape,
  sweepAnswerShape,
} from "../../src/delivery/kept-answers.ts";
import type { Shape, StoredText } from "../../src/domain/stored.ts";

const NOW = 1_795_000_000_000;

/** A delivery as 0.1 and 0.2 told of it: neither knew keys. */
const DELIVERY = {
  ...{ id: "dlv_1", endpointId: "ep_1", eventId: "evt_1", eventType: "deal.created", sequence: 3 },
  ...{
    status: "canceled",
    attemptCount: 1,
    replayOf: null,
    replayedBy: null,
    createdAt: 1,
    nextAttemptAt: null,
  },
  ...{ completedAt: 2 },
  lastAttempt: { number: 1, outcome: "failure", error: "status", durationMs: 7, status: 503 },
};

function read<Answer>(shape: Shape<Answer>, kept: object): Answer {
  return shape.read(JSON.stringify(kept) as StoredText<Answer>);
}

it("gives what 0.1 and 0.2 answered of a delivery again, which had no key", () => {
  const delivery = { ...DELIVERY, keyPlace: null };
  expect(read(cancelAnswerShape, { outcome: "canceled", delivery: DELIVERY })).toEqual({
    outcome: "canceled",
    delivery,
  });
  const fresh = { ...DELIVERY, status: "pending", nextAttemptAt: 9, completedAt: null, lastAttempt: null };
  expect(read(replayAnswerShape, { outcome: "enqueued", delivery: fresh })).toEqual({
    outcome: "enqueued",
    delivery: { ...fresh, keyPlace: null },
  });
  expect(read(retryAnswerShape, { outcome: "due" })).toEqual({ outcome: "due" });
});

it("gives an answer of this version again with all that it has", () => {
  const answer = { outcome: "canceled", delivery: { ...DELIVERY, keyPlace: { key: "k", sequence: 2 } } };
  expect(read(cancelAnswerShape, answer)).toEqual(answer);
});

it("gives the answer to a retry or cancel of many again, and says of those by 0.1 that they were asked for", () => {
  const sweep = { id: "swp_1", action: "cancel", state: "running", matched: 4, changed: 2, createdAt: 5 };
  const shape = sweepAnswerShape(NOW);
  expect(read(shape, { outcome: "sweeping", sweep })).toEqual({ outcome: "sweeping", sweep });
  expect(read(shape, { outcome: "due" })).toMatchObject({
    outcome: "sweeping",
    sweep: { action: "retry", state: "running", createdAt: NOW },
  });
  expect(read(shape, { outcome: "canceling" })).toMatchObject({
    outcome: "sweeping",
    sweep: { action: "cancel", matched: 0 },
  });
});

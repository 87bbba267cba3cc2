import { expect, it } from "vitest";
import type { Shape, StoredText } from "../../../src/domain/stored.ts";
import { chosenShape } from "../../../src/log/replay/note-replay.ts";
import { replayBatchShape, replayJobShape } from "../../../src/log/replay/replay-shapes.ts";

function read<Answer>(shape: Shape<Answer>, kept: object): Answer {
  return shape.read(JSON.stringify(kept) as StoredText<Answer>);
}

const selection = { status: "dead", from: 1, to: 2, types: ["deal.*"] };

it("gives a replay job that 0.1 answered with again: of one endpoint alone, and no dry run", () => {
  const job = {
    ...{ id: "rpl_1", endpointId: "ep_1", state: "running", selection, total: null, done: 0 },
    ...{ createdAt: 3, error: null },
  };
  expect(read(replayJobShape, job)).toEqual({ ...job, batchId: null });
  const today = { ...job, batchId: "rpb_1", isDryRun: true, total: 3 };
  expect(read(replayJobShape, today)).toEqual(today);
});

it("gives a replay over several endpoints again", () => {
  const batch = {
    ...{ id: "rpb_1", state: "running", endpointIds: ["ep_1"], selection, isDryRun: false, endpoints: 1 },
    ...{ failed: 0, total: 4, done: 2, createdAt: 3 },
  };
  expect(read(replayBatchShape, batch)).toEqual(batch);
  expect(read(replayBatchShape, { ...batch, endpointIds: null })).toEqual({ ...batch, endpointIds: null });
});

it("gives the chosen endpoints of a replay again", () => {
  expect(read(chosenShape, ["ep_1", "ep_2"])).toEqual(["ep_1", "ep_2"]);
});

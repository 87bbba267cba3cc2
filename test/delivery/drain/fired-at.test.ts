import { expect, it } from "vitest";
import { event } from "../events.ts";
import { column, withRig } from "../rig.ts";

it("when a test fired is no delivery's time, before it, after it, or after a restart", () =>
  withRig(async (rig) => {
    const firedAt = (sequence: number) => Number(column(rig, sequence, "fired_at"));
    rig.status = "paused";
    rig.enqueue(1);
    const times = [firedAt(1), rig.intake.testFiredAt(rig.now), rig.intake.testFiredAt(0)];
    rig.restart();
    rig.enqueue(2);
    times.push(firedAt(2), rig.intake.testFiredAt(0));
    rig.enqueue(3);
    times.push(firedAt(3));
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
  }));

it("when an event fired rises strictly per endpoint, after replays and restarts too; a replay keeps its own", () =>
  withRig(async (rig) => {
    const firedAt = (sequence: number) => Number(column(rig, sequence, "fired_at"));
    rig.status = "paused";
    // Accepted in the same millisecond.
    rig.enqueue(1, 2, 3);
    rig.intake.addReplay(event(1), 1, rig.now);
    rig.restart();
    rig.intake.addReplay(event(2), 2, rig.now);
    rig.restart();
    rig.enqueue(4);
    rig.restart();
    rig.enqueue(5);
    expect([4, 5].map(firedAt)).toEqual([1, 2].map(firedAt));
    const inOrder = [1, 2, 3, 6, 7].map(firedAt);
    expect(inOrder).toEqual([...new Set(inOrder)].sort((a, b) => a - b));
  }));

import { expect, it } from "vitest";
import { judge, type Measured, type Play } from "./verdict.ts";

const phase = (p99Ms: number, more: Partial<Measured> = {}): Measured => ({
  ...{ name: "phase", count: 160, expected: 160, p50Ms: 5, p99Ms, mostMs: p99Ms, share: 1 },
  ...more,
});

const play = (more: Partial<Play>): Play => ({
  ...{ attack: phase(70), calm: [phase(10), phase(20)], came: 100, least: 100, slowness: 1 },
  ...more,
});

it("holds where the neighbour's p99 is within three times that of the slower calm, which counts as 25 ms at least", () => {
  expect(judge(play({}))).toEqual({ kind: "held" });
  expect(judge(play({ attack: phase(110), calm: [phase(10), phase(40)] }))).toEqual({ kind: "held" });
});

it("allows a slow machine as much more: what one piece of work may hold the thread for is bounded in steps", () => {
  expect(judge(play({ attack: phase(130), slowness: 1.8 }))).toEqual({ kind: "held" });
  expect(judge(play({ attack: phase(140), slowness: 1.8 })).kind).toBe("too_slow");
});

it("is too slow where the neighbour waited longer than that, and says by how much", () => {
  expect(judge(play({ attack: phase(80) }))).toEqual({
    kind: "too_slow",
    why: "the neighbour's p99 was 80 ms, 75 ms allowed",
  });
});

it("takes off what workerd waited for a core", () => {
  expect(judge(play({ attack: phase(80, { share: 0.9 }) }))).toEqual({ kind: "held" });
});

it("does not count as held where little of the attack came through", () => {
  expect(judge(play({ came: 99 }))).toEqual({
    kind: "tells_nothing",
    why: "of the attack 99 came through, 100 are one",
  });
});

it("is too slow, however little of it came through, where the attack stopped itself with everybody else", () => {
  expect(judge(play({ attack: phase(900), came: 1 })).kind).toBe("too_slow");
});

it("does not count where a calm was none", () => {
  expect(judge(play({ attack: phase(160), calm: [phase(10), phase(60)] }))).toEqual({
    kind: "tells_nothing",
    why: "the calm was none: p99 60 ms of 50 ms",
  });
  expect(judge(play({ calm: [phase(10), phase(120, { share: 0.2 })] }))).toEqual({
    kind: "tells_nothing",
    why: "the calm was none: p99 120 ms of 100 ms beside what else the machine does",
  });
});

it("counts a calm in which workerd waited a moment at each waking", () => {
  expect(judge(play({ calm: [phase(40, { share: 0.2 }), phase(20)] }))).toEqual({ kind: "held" });
});

it("does not count where workerd got less than a third of the core that it asked for", () => {
  expect(judge(play({ attack: phase(100, { share: 0.2 }) }))).toEqual({
    kind: "tells_nothing",
    why: "workerd got 20 % of a core that it asked for",
  });
});

it("is too slow where half of the publishes waited beyond the bound, whatever the calm or the machine says", () => {
  const stopped = { p50Ms: 500, share: 0.2 };
  const calm = [phase(10), phase(300)];
  expect(judge(play({ attack: phase(900, stopped), calm }))).toEqual({
    kind: "too_slow",
    why: "half of the neighbour's publishes waited 100 ms and more, 75 ms allowed",
  });
  for (const less of [{ p50Ms: 350 }, { share: 0.09 }, { count: 100 }])
    expect(judge(play({ attack: phase(900, { ...stopped, ...less }), calm })).kind).toBe("tells_nothing");
});

it("does not count where the neighbour's own process could not send", () => {
  expect(judge(play({ attack: phase(70, { name: "filters", count: 100 }) }))).toEqual({
    kind: "tells_nothing",
    why: "filters: the neighbour sent 100 of 160 publishes",
  });
});

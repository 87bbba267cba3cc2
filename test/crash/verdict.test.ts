import { describe, expect, it } from "vitest";
import type { Arrival } from "./arrivals.ts";
import { CRASH_ENDPOINTS, type CrashEndpoint } from "./endpoints.ts";
import type { Publication } from "./publications.ts";
import { mostRepeatsTold } from "./report.ts";
import { halfDelivered, judge } from "./verdict.ts";

const named = (name: string) => CRASH_ENDPOINTS.find((endpoint) => endpoint.name === name) as CrashEndpoint;
const [ordered, everything, byKey] = [named("ordered"), named("everything"), named("by-key")];

const publications: Publication[] = [0, 1, 2].map((number) => ({
  number,
  publisher: "one",
  type: "order.created",
  region: "eu",
  customer: null,
  data: "{}",
  ownId: null,
  sentAt: number * 10,
  acceptedAt: number * 10 + 5,
  acceptedId: `evt_${number + 1}`,
  endpoints: 2,
}));

/** Each attempt takes its turn: `2`, or `2x` for a failed one; `|` is a crash. */
function attempts(written: string): { name: string; life: number; startedAt: number; isSuccess: boolean }[] {
  let life = 1;
  return written.split(" ").flatMap((attempt, index) => {
    if (attempt === "|") {
      life++;
      return [];
    }
    const isSuccess = !attempt.endsWith("x");
    return { name: attempt.replace("x", ""), life, startedAt: index * 10, isSuccess };
  });
}

/** The attempts of events 1, 2, … */
function arrivals(written: string): Arrival[] {
  return attempts(written).map(({ name, life, startedAt, isSuccess }) => ({
    eventId: `evt_${name}`,
    sequence: Number(name),
    keyPlace: null,
    publication: Number(name) - 1,
    digest: `content ${name}`,
    ...{ life, arrivedAt: startedAt, answerAt: startedAt, isSuccess },
  }));
}

function violations(endpoint: CrashEndpoint, given: Arrival[]): string[] {
  return judge(endpoint, given, publications).violations;
}

it.each(["1 2 3", "1x 1 2x 2x 2 3", "1 2 | 2 3", "1 2x | 2 3 | 3", "1 | 1 | 1 2 3"])(
  "finds nothing wrong with %s",
  (attempts) => {
    expect(violations(ordered, arrivals(attempts))).toEqual([]);
  },
);

it.each([
  ["1 2", "event evt_3 was lost"],
  ["1 2 3x", "event evt_3 was lost"],
  ["1 3", "sequence 2 never came"],
  ["1 3 2", "came after the success of sequence 1"],
  ["1 2x 3 2", "came after the success of sequence 1"],
  ["1 2 2 3", "was repeated without a crash"],
  ["1 2 3 | 2 3", "the crash of life 1 repeated 2 successes"],
  ["1 2 3 | 2x", "came after the success of sequence 3"],
])("finds in %s: %s", (attempts, violation) => {
  expect(violations(ordered, arrivals(attempts)).join("\n")).toContain(violation);
});

it("lets events overtake each other without an order, and repeats what was in flight", () => {
  expect(violations(everything, arrivals("3 1x 2 1 | 3 2"))).toEqual([]);
});

it("counts the most that the receiver had at once in one life", () => {
  const slow = arrivals("1x 2x | 1 2 3").map((one) => ({ ...one, answerAt: one.arrivedAt + 15 }));
  expect(judge(everything, slow, publications).mostAtOnce).toBe(2);
  expect(judge(ordered, arrivals("1 2 3"), publications).mostAtOnce).toBe(1);
});

it("finds an event with other content, and data that was not published so", () => {
  const [first, second, ...rest] = arrivals("1x 1 2 3") as [Arrival, Arrival, ...Arrival[]];
  expect(violations(ordered, [first, { ...second, digest: "other" }, ...rest]).join()).toContain(
    "other content",
  );
  expect(violations(ordered, [first, { ...second, publication: null }, ...rest]).join()).toContain(
    "carries data that was not published so",
  );
});

it("finds an attempt that began before the one before it was answered", () => {
  const [first, ...rest] = arrivals("1 2 3") as [Arrival, ...Arrival[]];
  expect(violations(ordered, [{ ...first, answerAt: 12 }, ...rest]).join()).toContain(
    "came before the attempt before it was answered",
  );
});

it("finds an order that is not the publisher's", () => {
  const [first, second, third] = publications as [Publication, Publication, Publication];
  const swapped = [first, { ...second, sentAt: 30, acceptedAt: 35 }, third];
  expect(judge(ordered, arrivals("1 2 3"), swapped).violations.join()).toContain(
    "event evt_3 has a higher sequence than event evt_2, which was sent after its 202",
  );
});

it("finds an event without a 202 that reached only one of its endpoints", () => {
  const seen = [
    { endpoint: ordered, arrivals: arrivals("1 2") },
    { endpoint: everything, arrivals: arrivals("1 2 3") },
  ];
  expect(halfDelivered(seen, publications)).toEqual(["event evt_3 reached some endpoints only"]);
});

describe("in order by key", () => {
  /** The events of the keys a and b, and `-` of those that have none, as they were published. */
  const EVENTS = ["a1", "b1", "a2", "-1", "b2"];
  const keyOf = (event: string) => event.slice(0, 1).replace("-", "");

  const ofKeys = EVENTS.map((event, number): Publication => {
    const publication = { ...(publications[0] as Publication), number, acceptedId: `evt_${event}` };
    const times = { sentAt: number * 10, acceptedAt: number * 10 + 5 };
    return { ...publication, ...times, type: "deal.created", customer: keyOf(event) || null };
  });

  function arrivalsOfKeys(written: string): Arrival[] {
    return attempts(written).map(({ name, life, startedAt, isSuccess }) => ({
      eventId: `evt_${name}`,
      sequence: EVENTS.indexOf(name) + 1,
      keyPlace: { key: keyOf(name), sequence: Number(name.slice(1)) },
      publication: EVENTS.indexOf(name),
      digest: `content ${name}`,
      ...{ life, arrivedAt: startedAt, answerAt: startedAt, isSuccess },
    }));
  }

  const judged = (given: Arrival[], published = ofKeys) => judge(byKey, given, published).violations;

  /** Those of a history whose attempt at `index` was another one. */
  const judgedWith = (index: number, change: Partial<Arrival>) =>
    judged(arrivalsOfKeys("a1 b1 a2 -1 b2").map((one, i) => (i === index ? { ...one, ...change } : one)));

  it.each([
    "a1 b1 a2 -1 b2",
    "-1 b1 b2 a1x a1 a2",
    "a1 b1 -1 | -1 a1 b1 a2 b2",
    "a1 | a1 | a1x b1 b2 a1 a2 -1",
  ])("finds nothing wrong with %s", (written) => {
    expect(judged(arrivalsOfKeys(written))).toEqual([]);
  });

  it.each([
    ["a2 a1 b1 -1 b2", 'key "a": the attempt of event evt_a2 (sequence 2'],
    ["a1x a2 a1 b1 -1 b2", "came after the success of sequence 0"],
    ["a1 a2 b1 -1 b2 | a1 a2", 'key "a": the crash of life 1 repeated 2 successes, where 1 may be'],
    ["a1 a1 a2 b1 -1 b2", "was repeated without a crash"],
    ["a1 b1 a2 -1", "event evt_b2 was lost"],
  ])("finds in %s: %s", (written, violation) => {
    expect(judged(arrivalsOfKeys(written)).join("\n")).toContain(violation);
  });

  it("counts what one crash repeated, at the endpoint and of one key", () => {
    const { repeats, mostRepeats, mostRepeatsOfKey, allowedRepeats } = judge(
      byKey,
      arrivalsOfKeys("a1 b1 -1 | -1 a1 b1 | b1 a2 b2"),
      ofKeys,
    );
    expect({ repeats, mostRepeats, mostRepeatsOfKey, allowedRepeats }).toEqual({
      repeats: 4,
      mostRepeats: 3,
      mostRepeatsOfKey: 1,
      allowedRepeats: 1,
    });
    expect(judge(ordered, arrivals("1 2 3"), publications).mostRepeatsOfKey).toBeNull();
  });

  it("finds an attempt that began before the one before it of its key was answered, and lets keys go side by side", () => {
    const [a1, b1, a2, ...rest] = arrivalsOfKeys("a1 b1 a2 -1 b2") as [Arrival, Arrival, Arrival];
    expect(judged([{ ...a1, answerAt: 15 }, b1, a2, ...rest])).toEqual([]);
    expect(judged([{ ...a1, answerAt: 25 }, b1, a2, ...rest]).join()).toContain(
      "came before the attempt before it was answered",
    );
  });

  it.each([
    [{ key: "b", sequence: 2 }, 'was told as of the key "b"'],
    [{ key: "", sequence: 2 }, 'was told as of the key ""'],
    [null, "was told as of no key"],
  ])("finds a key that is not the event's: %o", (keyPlace, violation) => {
    expect(judgedWith(2, { keyPlace }).join()).toContain(violation);
  });

  it("finds a key where there is no order by key", () => {
    const told = arrivals("1 2 3").map((one) => ({ ...one, keyPlace: { key: "", sequence: 1 } }));
    expect(violations(ordered, told).join()).toContain('was told as of the key ""');
  });

  it("finds numbers of a key that have a gap, or belong to two events", () => {
    expect(judgedWith(2, { keyPlace: { key: "a", sequence: 3 } })).toContain(
      'key "a": sequence 2 never came',
    );
    expect(judgedWith(2, { keyPlace: { key: "a", sequence: 1 } })).toContain(
      "key \"a\": sequence 1 was event evt_a1's, then event evt_a2's",
    );
  });

  it("finds sequences of the endpoint that have a gap", () => {
    expect(judgedWith(2, { sequence: 6 })).toContain("sequence 3 never came");
  });

  it("finds an order of a key that is not the publisher's", () => {
    const late = ofKeys.map((one) => (one.number === 0 ? { ...one, sentAt: 90, acceptedAt: 95 } : one));
    expect(judged(arrivalsOfKeys("a1 b1 a2 -1 b2"), late)).toContain(
      'key "a": event evt_a2 has a higher sequence than event evt_a1, which was sent after its 202',
    );
  });
});

it("tells the most repeats of any crash by what promise 2 allows", () => {
  const told = mostRepeatsTold([
    { endpoint: everything, verdict: { mostRepeats: 7, mostRepeatsOfKey: null } },
    { endpoint: named("wide"), verdict: { mostRepeats: 12, mostRepeatsOfKey: null } },
    { endpoint: ordered, verdict: { mostRepeats: 1, mostRepeatsOfKey: null } },
    { endpoint: byKey, verdict: { mostRepeats: 5, mostRepeatsOfKey: 1 } },
  ]);
  expect(told).toBe(
    "most repeats per crash: 12 at an endpoint without an order, 1 in order by endpoint, 1 of one key in order by key",
  );
});

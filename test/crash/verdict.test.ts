import { expect, it } from "vitest";
import type { Arrival } from "./arrivals.ts";
import { CRASH_ENDPOINTS, type CrashEndpoint } from "./endpoints.ts";
import type { Publication } from "./publications.ts";
import { halfDelivered, judge } from "./verdict.ts";

const [ordered, , everything] = CRASH_ENDPOINTS as [CrashEndpoint, CrashEndpoint, CrashEndpoint];

const publications: Publication[] = [0, 1, 2].map((number) => ({
  number,
  publisher: "one",
  type: "order.created",
  region: "eu",
  data: "{}",
  ownId: null,
  sentAt: number * 10,
  acceptedAt: number * 10 + 5,
  acceptedId: `evt_${number + 1}`,
  endpoints: 2,
}));

/** The attempts of events 1, 2, …: `2`, or `2x` for a failed one; `|` is a crash. */
function arrivals(attempts: string): Arrival[] {
  let life = 1;
  return attempts.split(" ").flatMap((attempt, index) => {
    if (attempt === "|") {
      life++;
      return [];
    }
    const sequence = Number.parseInt(attempt, 10);
    return {
      eventId: `evt_${sequence}`,
      sequence,
      publication: sequence - 1,
      digest: `content ${sequence}`,
      life,
      arrivedAt: index * 10,
      answerAt: index * 10,
      isSuccess: !attempt.endsWith("x"),
    };
  });
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

it("lets events overtake each other without `serialize`, and repeats what was in flight", () => {
  expect(violations(everything, arrivals("3 1x 2 1 | 3 2"))).toEqual([]);
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

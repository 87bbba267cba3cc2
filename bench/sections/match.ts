import { EventNames, Filter, filterProblem } from "../../src/filter/filter.ts";
import type { Match } from "../../src/filter/matching.ts";
import type { Matchable } from "../../src/filter/subscription.ts";
import { SubscriptionIndex } from "../../src/filter/subscription-index.ts";
import { nowUs } from "../clock.ts";
import { type Figure, milliseconds, plain } from "../figure.ts";
import { median } from "../percentiles.ts";
import type { Bench } from "../section.ts";

const TARGET_FILTERS_US = 2000;
const TARGET_RATIO = 1.2;
const TARGET_HOSTILE_US = 10_000;

const ROUNDS = 15;

const EVENT: Matchable = {
  type: "deal.created",
  tags: ["vip"],
  context: {},
  created: 1763631000,
  data: JSON.stringify({
    ...{ id: "deal_8f2a", value: 48000, currency: "USD", stage: "negotiation" },
    owner: { id: "u_1", team: "north" },
    lines: Array.from({ length: 8 }, (_, n) => ({ sku: `sku_${n}`, count: n, price: n + 0.5 })),
    note: "the quick brown fox ".repeat(20),
  }),
};

/** What finding the endpoints of an event costs, and what a hostile filter may cost. In Node: pure code, the same engine. */
export async function match(bench: Bench): Promise<Figure[]> {
  const scale = bench.size === "quick" ? 10 : 1;
  const one = { types: ["deal.created"] };
  const alone = indexOf([one]);
  const filters = Array.from({ length: 1000 }, (_, n) => ({ ...one, filter: expression(n) }));
  const others = indexOf([one, ...filters.map(({ filter }) => ({ types: ["lead.created"], filter }))]);
  const types = indexOf([one, ...Array.from({ length: 10_000 }, (_, n) => ({ types: [`lead.kind_${n}`] }))]);
  const filtered = indexOf(filters);
  const [aloneUs, othersUs, typesUs] = inTurns([alone, others, types], 20_000 / scale) as [
    number,
    number,
    number,
  ];
  const [filteredUs] = inTurns([filtered], 100 / scale) as [number];
  const matched = matchedBy(filtered).endpoints.length;
  const ratio = (name: string, us: number): Figure => ({
    name,
    measured: `${plain(us)} µs (${plain(us / aloneUs)} ×)`,
    bare: `${plain(aloneUs)} µs`,
    target: `≤ ${TARGET_RATIO} × of one endpoint`,
    met: us <= TARGET_RATIO * aloneUs,
  });
  return [
    {
      name: `1,000 different filters on the event's type, ${matched} match`,
      measured: `${milliseconds(filteredUs)} per event`,
      target: `≤ ${milliseconds(TARGET_FILTERS_US)}`,
      met: filteredUs <= TARGET_FILTERS_US,
    },
    ratio("one endpoint, beside 1,000 filters on another type", othersUs),
    ratio("one endpoint, beside 10,000 endpoints of other types", typesUs),
    ...hostile(),
  ];
}

/** Different texts, so that each is compiled and evaluated for itself; about half of them match. */
function expression(n: number): string {
  const forms = [
    `deal.value > ${n * 96}`,
    `"vip" in tags && deal.owner.team == "team_${n}"`,
    `deal.price_${n} > 5`,
    `deal.lines.exists(line, line.count == ${n % 16} && line.price > 1.0)`,
    `deal.note.contains("fox") && deal.value + ${n} > 5 || deal.stage == "won"`,
  ];
  return forms[n % forms.length] as string;
}

function indexOf(subscriptions: { types: string[]; filter?: string }[]): SubscriptionIndex {
  const index = new SubscriptionIndex();
  for (const [number, given] of subscriptions.entries()) {
    index.set(number + 1, {
      endpointId: `ep_${number}`,
      version: 1,
      subscription: { stages: [], tags: [], context: {}, filter: null, ...given },
      disabled: false,
    });
  }
  return index;
}

function matchedBy(index: SubscriptionIndex): Match {
  return index.begin(EVENT).advance(Number.POSITIVE_INFINITY) as Match;
}

/** Microseconds per match of each index: the median of rounds that take turns, so that the machine's noise hits all. */
function inTurns(indexes: readonly SubscriptionIndex[], count: number): number[] {
  const times = indexes.map((): number[] => []);
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [i, index] of indexes.entries()) {
      const startedAt = nowUs();
      for (let n = 0; n < count; n++) matchedBy(index);
      // The first round warms up.
      if (round > 0) times[i]?.push((nowUs() - startedAt) / count);
    }
  }
  return times.map(median);
}

/** Expressions that would run for seconds, and expressions that are refused. */
function hostile(): Figure[] {
  const numbers = JSON.stringify({ l: Array.from({ length: 500_000 }, () => 1), s: "a" });
  const text = JSON.stringify({ l: [1], s: "a".repeat(1_000_000) });
  const chain = (part: string, operator: string) => Array.from({ length: 60 }, () => part).join(operator);
  const expressions = [
    "data.l.all(a, data.l.all(b, a == b))",
    "data.l.exists(a, data.l.exists(b, b.c == a))",
    `data.l.all(a, ${chain("a < 9", " && ")})`,
    "data.l.exists(a, data.l.map(b, b) == [])",
    chain("2 in data.l", " || "),
    chain('data.s.contains("ab")', " || "),
    chain("size(data.s) == 1", " || "),
    `[data.s]${".map(a, a + a)".repeat(20)}.exists(a, a.contains("b"))`,
  ];
  const refused = ["!".repeat(4096), "(".repeat(4096), `a${".a".repeat(2000)}`, `1${" + 1".repeat(1000)}`];
  const compileUs = [...expressions, ...refused].map((one) =>
    median(Array.from({ length: ROUNDS }, () => timed(() => filterProblem(one)))),
  );
  const evaluateUs = [numbers, text].flatMap((data) => {
    const names = new EventNames({ ...EVENT, data });
    names.valueOf("data");
    return expressions.map((one) => {
      const filter = new Filter(one);
      return median(Array.from({ length: ROUNDS }, () => timed(() => filter.nonMatch(names))));
    });
  });
  const figure = (name: string, worstUs: number): Figure => ({
    name,
    measured: `${milliseconds(worstUs)} at the worst`,
    target: `≤ ${milliseconds(TARGET_HOSTILE_US)}`,
    met: worstUs <= TARGET_HOSTILE_US,
  });
  const parseUs = timed(() => new EventNames({ ...EVENT, data: numbers }).valueOf("data"));
  return [
    figure(`compiling or refusing each of ${compileUs.length} hostile expressions`, Math.max(...compileUs)),
    figure("evaluating one on an event of 1 MiB", Math.max(...evaluateUs)),
    { name: "reading 1 MiB of integers, once for all filters", measured: milliseconds(parseUs) },
  ];
}

function timed(act: () => unknown): number {
  const startedAt = nowUs();
  act();
  return nowUs() - startedAt;
}

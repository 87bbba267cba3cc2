import { Child } from "../child.ts";
import { type Figure, milliseconds } from "../figure.ts";
import { allReceived } from "../measure-flow.ts";
import { median } from "../percentiles.ts";
import type { Badness, BadReceiverAnswers } from "../receive/bad.ts";
import { type Bench, loadOn } from "../section.ts";
import type { Service } from "../started-service.ts";

const ENDPOINTS = 100;
const RATE_PER_SECOND = 200;
const PAIRS = 3;

/** Of one run: a pause of the collector takes some 30 ms, and with few of them in a run p99 is their luck. */
const DURATION_MS = { quick: 1000, default: 8000, full: 15_000 };

/** What the others may lose by a bad one: a share, and what the clocks and a shared machine add. */
const TARGET_FACTOR = 1.2;
const TARGET_MORE_US = 3000;

const BAD: Badness[] = ["hangs", "drips", "is huge", "closes", "has a bad certificate"];

/** A hundred endpoints, each with its own type, at 200 events/s in all: what the others notice of one bad receiver. */
export async function isolation(bench: Bench): Promise<Figure[]> {
  const others = await bench.receiver.ask("open", { name: "others" });
  const good = await bench.receiver.ask("open", { name: "the one" });
  const bad = new Child<BadReceiverAnswers>("./receive/bad.ts");
  try {
    return await bench.withService(async (service) => {
      const one = await service.client.endpoint(good, { types: [typeOf(0)], timeout: 30 });
      for (let n = 1; n < ENDPOINTS; n++) await service.client.endpoint(others, { types: [typeOf(n)] });
      const goodUrl = `http://127.0.0.1:${good}/`;
      await othersP99(bench, service);
      const figures: Figure[] = [];
      for (const badness of BAD) {
        const badUrl = await bad.ask("open", badness);
        const without: number[] = [];
        const beside: number[] = [];
        for (let pair = 0; pair < PAIRS; pair++) {
          without.push(await withUrl(bench, service, one, goodUrl));
          beside.push(await withUrl(bench, service, one, badUrl));
        }
        figures.push(figureOf(badness, median(without), median(beside)));
      }
      return figures;
    });
  } finally {
    bad.stop();
    for (const name of ["others", "the one"]) await bench.receiver.ask("close", name);
  }
}

const typeOf = (number: number) => `isolation.${number}`;

/** The others' p99 while the one has this URL and nothing of before to deliver. */
async function withUrl(bench: Bench, service: Service, one: string, url: string): Promise<number> {
  await service.client.call("POST", `/v1/endpoints/${one}/cancel`, {});
  await service.client.call("PATCH", `/v1/endpoints/${one}`, { url });
  return othersP99(bench, service);
}

/** From the POST to the receipt, microseconds. */
async function othersP99(bench: Bench, service: Service): Promise<number> {
  await bench.receiver.ask("reset", "others");
  const load = loadOn(service, {
    type: "isolation",
    types: ENDPOINTS,
    ratePerSecond: RATE_PER_SECOND,
    durationMs: DURATION_MS[bench.size],
  });
  const { acceptedEvents } = await bench.publisher.ask("run", load);
  const { latencyUs } = await allReceived(
    bench,
    "others",
    acceptedEvents - Math.ceil(acceptedEvents / ENDPOINTS),
  );
  return latencyUs.p99;
}

function figureOf(badness: Badness, without: number, beside: number): Figure {
  const limitUs = TARGET_FACTOR * without + TARGET_MORE_US;
  return {
    name: `${ENDPOINTS} endpoints, ${RATE_PER_SECOND} events/s, one ${badness}: the others' p99, median of ${PAIRS} pairs`,
    measured: `${milliseconds(beside)}, without it ${milliseconds(without)}`,
    target: `≤ ${milliseconds(limitUs)}`,
    met: beside <= limitUs,
  };
}

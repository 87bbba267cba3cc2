import { type Figure, milliseconds, plain } from "../figure.ts";
import { answersAt, flatOut } from "../race/measures.ts";
import { Rival } from "../race/rival.ts";
import type { Bench } from "../section.ts";

const RATES = [50, 200];
const TARGET_ANSWER_US = 12_000;
const TARGET_BEHIND = 100;
const TARGET_LAG_US = 30_000;

/** The POST alone at two rates; and one endpoint as it is made by default, while events come as fast as they are answered. */
export async function pace(bench: Bench): Promise<Figure[]> {
  const port = await bench.receiver.ask("open", { name: "flat out" });
  try {
    return await bench.withService(async (service) => {
      const rival = Rival.of(service);
      const figures: Figure[] = [];
      for (const rate of RATES) {
        const { p50, p99, max } = await answersAt(bench, rival, rate);
        figures.push({
          name: `the POST alone at ${rate}/s: p50 / p99 / the longest`,
          measured: [p50, p99, max].map(milliseconds).join(" / "),
          target: `p99 ≤ ${milliseconds(TARGET_ANSWER_US)}`,
          met: p99 <= TARGET_ANSWER_US,
        });
      }
      await service.client.endpoint(port, { types: ["flat.out"] });
      await flatOut(bench, rival, "flat out", "flat.out");
      const { acceptedPerSecond, behind, latencyUs } = await flatOut(bench, rival, "flat out", "flat.out");
      figures.push({
        name: "flat out over 32 connections, one endpoint: behind at the end / lag p50",
        measured: `${plain(behind)} of ${plain(acceptedPerSecond)}/s / ${milliseconds(latencyUs.p50)}`,
        target: `≤ ${TARGET_BEHIND} / ≤ ${milliseconds(TARGET_LAG_US)}`,
        met: behind <= TARGET_BEHIND && latencyUs.p50 <= TARGET_LAG_US,
      });
      return figures;
    });
  } finally {
    await bench.receiver.ask("close", "flat out");
  }
}

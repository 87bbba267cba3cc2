import { dialects as table } from "../../src/dialects/index.ts";
import { startBare } from "../bare/server.ts";
import { nowUs } from "../clock.ts";
import { type Figure, plain } from "../figure.ts";
import type { Bench } from "../section.ts";

const TARGET_US = 50;

/** What building and signing one request costs in workerd, for each dialect. */
export async function dialects(bench: Bench): Promise<Figure[]> {
  const count = bench.size === "quick" ? 2000 : 20_000;
  const server = await startBare("dialects", bench.scratch);
  try {
    const figures: Figure[] = [];
    for (const name of Object.keys(table)) {
      await timeOf(server.url, name, count / 4);
      // What the request itself costs is the same without any building.
      const emptyUs = await timeOf(server.url, name, 0);
      const eachUs = Math.max(0, (await timeOf(server.url, name, count)) - emptyUs) / count;
      figures.push({
        name: `build and sign 1 KB as ${name}`,
        measured: `${plain(eachUs)} µs`,
        target: `< ${TARGET_US} µs`,
        met: eachUs < TARGET_US,
      });
    }
    return figures;
  } finally {
    await server.stop();
  }
}

async function timeOf(url: string, dialect: string, count: number): Promise<number> {
  const data = JSON.stringify({ id: "deal_8f2a", note: "the quick brown fox — ".repeat(44) });
  const startedAt = nowUs();
  const response = await fetch(`${url}/?dialect=${dialect}&count=${count}`, { method: "POST", body: data });
  const bytes = await response.text();
  if (!response.ok) throw new Error(`${dialect}: ${response.status} ${bytes}`);
  return nowUs() - startedAt;
}

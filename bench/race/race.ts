import { type Figure, milliseconds, plain } from "../figure.ts";
import { median } from "../percentiles.ts";
import type { Bench, Size } from "../section.ts";
import { answersAt, fanOut, flatOut, latencyAt, makeEndpoints } from "./measures.ts";
import type { Rival } from "./rival.ts";

const ENDPOINTS: Record<Size, number> = { quick: 50, default: 500, full: 500 };
const ROUNDS: Record<Size, number> = { quick: 1, default: 3, full: 5 };

/** The rows of the table: for each measure one of each server, its values the ones in the middle of all rounds. */
export async function race(
  bench: Bench,
  rivals: readonly Rival[],
): Promise<{ section: string; figure: Figure }[]> {
  const count = ENDPOINTS[bench.size];
  const rows: { section: string; figure: Figure }[] = [];
  const tell = (rival: Rival, name: string, measured: string) =>
    rows.push({ section: rival.name, figure: { name, measured } });
  const ports = await portsOf(bench, rivals);
  for (const [place, rival] of rivals.entries()) {
    await rival.prepare();
    const { seconds } = await makeEndpoints(rival, ports.fan[place] ?? 0, "race.fan", count);
    tell(rival, `${count} endpoints made, 8 at once`, `${plain(seconds)} s`);
    await rival.endpoint(ports.one[place] ?? 0, "race.one");
  }
  const inTurns = async (
    name: string,
    measure: (rival: Rival, place: number) => Promise<number[]>,
    show: (values: number[]) => string,
  ) => {
    const taken = rivals.map((): number[][] => []);
    for (let round = 0; round < ROUNDS[bench.size]; round++)
      for (const [place, rival] of rivals.entries()) taken[place]?.push(await measure(rival, place));
    for (const [place, rival] of rivals.entries()) {
      const rounds = taken[place] ?? [];
      const width = rounds[0]?.length ?? 0;
      tell(
        rival,
        name,
        show(Array.from({ length: width }, (_, at) => median(rounds.map((values) => values[at] ?? 0)))),
      );
    }
  };
  const ms = (values: number[]) => values.map(milliseconds).join(" / ");
  await inTurns(
    `one event to ${count} endpoints, until the last has it`,
    async (rival, place) => [await fanOut(bench, rival, `fan ${place}`, "race.fan", count)],
    ([seconds = 0]) => `${plain(seconds)} s`,
  );
  await inTurns(
    "sent → received at 200 events/s: p50 / p99",
    async (rival, place) => {
      const { p50, p99 } = await latencyAt(bench, rival, `one ${place}`, "race.one", 200);
      return [p50, p99];
    },
    ms,
  );
  for (const rate of [50, 200])
    await inTurns(
      `the POST alone at ${rate}/s: p50 / p99`,
      async (rival) => {
        const { p50, p99 } = await answersAt(bench, rival, rate);
        return [p50, p99];
      },
      ms,
    );
  await inTurns(
    "flat out over 32 connections, one endpoint: accepted / behind at the end / lag p50",
    async (rival, place) => {
      const { acceptedPerSecond, behind, latencyUs } = await flatOut(
        bench,
        rival,
        `one ${place}`,
        "race.one",
      );
      return [acceptedPerSecond, behind, latencyUs.p50];
    },
    ([rate = 0, behind = 0, lag = 0]) => `${plain(rate)}/s / ${plain(behind)} / ${milliseconds(lag)}`,
  );
  for (const place of rivals.keys())
    for (const kind of ["fan", "one"]) await bench.receiver.ask("close", `${kind} ${place}`);
  return rows;
}

async function portsOf(bench: Bench, rivals: readonly Rival[]): Promise<{ fan: number[]; one: number[] }> {
  const ports = { fan: [] as number[], one: [] as number[] };
  for (const [place, { receiverHost: host }] of rivals.entries()) {
    ports.fan.push(await bench.receiver.ask("open", { name: `fan ${place}`, countsAll: true, host }));
    ports.one.push(await bench.receiver.ask("open", { name: `one ${place}`, countsAll: true, host }));
  }
  return ports;
}

import { nowUs } from "../clock.ts";
import { type Figure, perSecond, plain } from "../figure.ts";
import { allReceived } from "../measure-flow.ts";
import { memoryOf } from "../process-usage.ts";
import { type Bench, loadOn } from "../section.ts";

const EVENTS = { quick: 2000, default: 20_000, full: 100_000 };
const TARGET_PER_SECOND = 1500;

/**
 * Replay jobs, from the request to the last receipt: first of events that the endpoint missed, found in the log and
 * read from the archive by block, then of the deliveries that came of it, found at the endpoint.
 */
export async function replay(bench: Bench): Promise<Figure[]> {
  const count = EVENTS[bench.size];
  const port = await bench.receiver.ask("open", { name: "replay" });
  try {
    return await bench.withService(async (service) => {
      const settings = { max_in_flight: 64, types: ["replay.event"] };
      const id = await service.client.endpoint(port, { ...settings, status: "disabled" });
      const load = loadOn(service, { type: "replay.event", events: count, batch: 100, connections: 4 });
      await bench.publisher.ask("run", load);
      await service.client.call("PATCH", `/v1/endpoints/${id}`, { status: "enabled" });
      const figures: Figure[] = [];
      for (const status of ["missed", "any"]) {
        await bench.receiver.ask("reset", "replay");
        const before = memoryOf(service.pid);
        const startedAtUs = nowUs();
        await service.client.call("POST", `/v1/endpoints/${id}/replays`, { status });
        const { lastAtUs } = await allReceived(bench, "replay", count);
        const rate = perSecond(count, (lastAtUs - startedAtUs) / 1000);
        const after = memoryOf(service.pid);
        if (before && after)
          bench.note(
            `replay ${status}: workerd's memory ${plain(before.nowMiB)} → ${plain(after.nowMiB)} MiB`,
          );
        figures.push({
          name: `one job of ${plain(count)} events, status ${status}, 64 in flight: counted, enqueued, received`,
          measured: `${plain(rate)} deliveries/s`,
          target: `≥ ${plain(TARGET_PER_SECOND)}`,
          met: rate >= TARGET_PER_SECOND,
        });
      }
      return figures;
    });
  } finally {
    await bench.receiver.ask("close", "replay");
  }
}

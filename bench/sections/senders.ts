import { type Figure, perSecond, plain } from "../figure.ts";
import { allReceived } from "../measure-flow.ts";
import { type Bench, loadOn } from "../section.ts";

/** As on Cloudflare. */
const SLOTS_PER_OBJECT = 6;

const RECEIVER_MS = 200;
const MAX_IN_FLIGHT = 100;
const TARGET_PER_SECOND = 400;

/** One endpoint whose receiver takes its time, with six connections for each object: as many attempts as its policy says. */
export async function senders(bench: Bench): Promise<Figure[]> {
  const settings = { SLOTS_PER_OBJECT: String(SLOTS_PER_OBJECT) };
  return bench.withService(
    async (service) => {
      const figures: Figure[] = [];
      for (const maxInFlight of [SLOTS_PER_OBJECT, MAX_IN_FLIGHT]) {
        const seconds = bench.size === "quick" ? 2 : 10;
        const expected = (maxInFlight * 1000) / RECEIVER_MS;
        const name = `senders ${maxInFlight}`;
        const port = await bench.receiver.ask("open", { name, answerMs: RECEIVER_MS });
        const id = await service.client.endpoint(port, { max_in_flight: maxInFlight });
        const load = loadOn(service, { events: seconds * expected, batch: 100, connections: 4 });
        const { acceptedEvents } = await bench.publisher.ask("run", load);
        const { firstAtUs, lastAtUs } = await allReceived(bench, name, acceptedEvents);
        const rate = perSecond(acceptedEvents, (lastAtUs - firstAtUs) / 1000 + RECEIVER_MS);
        figures.push({
          name: `a receiver of ${RECEIVER_MS} ms, six connections per object, ${maxInFlight} in flight`,
          measured: `${plain(rate)}/s (${plain((100 * rate) / expected)} % of what they allow)`,
          ...(maxInFlight === MAX_IN_FLIGHT
            ? { target: `≥ ${TARGET_PER_SECOND}/s`, met: rate >= TARGET_PER_SECOND }
            : {}),
        });
        await service.client.call("DELETE", `/v1/endpoints/${id}`);
        await bench.receiver.ask("close", name);
      }
      return figures;
    },
    { settings },
  );
}

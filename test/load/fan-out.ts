import { parseArgs } from "node:util";
import { eventually } from "../e2e/eventually.ts";
import { Receiver } from "../e2e/receiver.ts";
import { Service } from "../e2e/started-service.ts";
import { Watcher } from "../e2e/watcher.ts";
import { watchFiles } from "./open-files-of.ts";

/*
 * `npm run test:fan-out -- [--endpoints 1000] [--open-files 1024]`: one event goes to many endpoints although the
 * process may have few files open. Each live endpoint object holds three, so hand-over must pace itself. Ends with 1
 * if an endpoint does not get the event, one who watches is neither shown its delivery nor told that it was skipped, or
 * workerd does not live through it.
 */

const { values } = parseArgs({
  options: {
    endpoints: { type: "string", default: "1000" },
    "open-files": { type: "string", default: "1024" },
  },
});
const endpoints = Number(values.endpoints);
const openFiles = Number(values["open-files"]);

/** Endpoints made at once. */
const AT_ONCE = 8;

/** At least five endpoints a second are served, however few files there are; and half a minute to spare. */
const deadlineMs = endpoints * 200 + 30_000;

const service = await Service.start();
const receiver = await Receiver.start();
try {
  await makeEndpoints();
  await service.stop();
  await service.restart(openFiles);
  const workerd = service.workerdPid;
  const mostFiles = watchFiles(() => workerd);
  const watcher = await Watcher.open(service.client);
  const startedAt = Date.now();
  const id = await service.client.publish({ type: "fan.out", data: {} });
  // Accepting goes on meanwhile: an event that goes nowhere is answered at once.
  let slowestMs = 0;
  await eventually(
    `${endpoints} endpoints served`,
    async () => {
      const askedAt = Date.now();
      await service.client.publish({ type: "other.event", data: {} });
      slowestMs = Math.max(slowestMs, Date.now() - askedAt);
      return served(id) === endpoints;
    },
    deadlineMs,
  );
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  // Objects are closed for others while those who watch have yet to hear of their last deliveries.
  const told = () => watcher.lastShownAs("delivered").length + watcher.skipped;
  await eventually("every delivery shown or counted", () => told() >= endpoints, 15_000).catch((error) => {
    throw new Error(`${error.message}: ${told()} of ${endpoints}`);
  });
  watcher.close();
  if (service.workerdPid !== workerd) throw new Error("workerd ended and was started again");
  console.log(
    `${endpoints} endpoints served in ${seconds} s at ${openFiles} open files (most: ${mostFiles()})`,
  );
  console.log(`slowest publish meanwhile: ${slowestMs} ms; attempts: ${receiver.requests.length}`);
} catch (error) {
  console.log(`FAILED: ${error instanceof Error ? error.message : error}`);
  console.log(
    `${new Set(receiver.requests.map(({ path }) => path)).size} of ${endpoints} endpoints were served`,
  );
  console.log(service.process.stderr().slice(-4000));
  process.exitCode = 1;
} finally {
  await service.remove();
  await receiver.stop();
}

/** Under no particular limit: what is tested is hand-over. Each endpoint is known by a path of its own. */
async function makeEndpoints(): Promise<void> {
  const numbers = Array.from({ length: endpoints }, (_, number) => number).values();
  const make = async (): Promise<void> => {
    for (const number of numbers) {
      const url = receiver.url.replace("/webhooks", `/endpoint/${number}`);
      await service.client.createEndpoint({ url, types: ["fan.out"] });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, make));
}

/** At how many endpoints the event has arrived. */
function served(eventId: string): number {
  const arrived = receiver.requests.filter((request) => request.headers["webhook-id"] === eventId);
  return new Set(arrived.map(({ path }) => path)).size;
}

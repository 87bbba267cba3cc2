import "./runtime.ts";
import type { ObjectClass } from "./object.ts";

/* The one place that names files of the source. */

/** The code of the service, loaded anew: what its modules keep in memory is its own. */
export interface Isolate {
  worker: {
    fetch(request: Request, env: never, context: never): Promise<Response>;
    scheduled(controller: never, env: never): Promise<void>;
  };
  EventLog: ObjectClass;
  Endpoint: ObjectClass;
  /** What its budgets count as held in memory, bytes: nothing, where nothing is under way. */
  heldBytes(): number;
}

let count = 0;

export async function newIsolate(): Promise<Isolate> {
  const query = `?isolate=${++count}`;
  const from = (path: string) => import(`../../src/${path}${query}`);
  const { default: worker, EventLog, Endpoint } = await from("worker.ts");
  const log = await from("log/store/memory.ts");
  const delivery = await from("delivery/drain/memory.ts");
  const budgets = [log.waitingMemory, log.queuedMemory, log.underWayMemory, ...delivery.inFlightBudgets];
  const heldBytes = () =>
    budgets.reduce((sum: number, budget: { heldBytes: number }) => sum + budget.heldBytes, 0);
  return { worker, EventLog, Endpoint, heldBytes };
}

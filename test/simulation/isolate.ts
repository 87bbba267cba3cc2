import { renew } from "./runtime.ts";
import type { ObjectClass } from "./slot.ts";

/* The one place that names files of the source. */

/** The code of the service, as if loaded anew: what its modules keep in memory is its own. */
export interface Isolate {
  worker: {
    fetch(request: Request, env: never, context: never): Promise<Response>;
    scheduled(controller: never, env: never): Promise<void>;
  };
  EventLog: ObjectClass;
  Endpoint: ObjectClass;
  Sender: ObjectClass;
  /** What its budgets count as held in memory, bytes: nothing, where nothing is under way. */
  heldBytes(): number;
}

const loaded: Isolate[] = [];
let taken = 0;

/** A new history begins: the isolates of the one before may be taken again. */
export function giveBackIsolates(): void {
  taken = 0;
}

let copies = 0;

/** An isolate with the code of a released version. It is loaded anew each time: what its modules keep is hidden in it. */
export async function releasedIsolate(version: string): Promise<Isolate> {
  const { default: worker, ...objects } = await import(`released:${version}?copy=${copies++}`);
  return { worker, ...objects, heldBytes: () => 0 };
}

/** An isolate in which nothing has run yet. One that served a history before is put back to its start: warm code is quick. */
export async function newIsolate(): Promise<Isolate> {
  const place = taken++;
  const query = `?isolate=${place}`;
  const known = loaded[place];
  if (known) {
    renew(query);
    return known;
  }
  const from = (path: string) => import(`../../src/${path}${query}`);
  const { default: worker, EventLog, Endpoint, Sender } = await from("worker.ts");
  const log = await from("log/store/memory.ts");
  const delivery = await from("delivery/drain/memory.ts");
  const senders = await from("delivery/senders/session.ts");
  const budgets = (): { heldBytes: number }[] => [
    ...[log.waitingMemory, log.queuedMemory, log.underWayMemory],
    ...delivery.inFlightBudgets,
    ...senders.sendingBudgets,
  ];
  const heldBytes = () => budgets().reduce((sum, budget) => sum + budget.heldBytes, 0);
  const isolate = { worker, EventLog, Endpoint, Sender, heldBytes };
  loaded[place] = isolate;
  return isolate;
}

import { setTimeout as wait } from "node:timers/promises";
import { Client } from "../e2e/client.ts";
import { Receiver } from "../e2e/receiver.ts";

/** What it is asked. */
export type Asked =
  | { kind: "start"; url: string; key: string }
  | { kind: "measure"; forMs: number }
  | { kind: "end" };

/** What became of its events in the end. */
export interface Ended {
  /** Accepted, and not received. */
  lost: number;
  /** Publishes that were not accepted, by status or error. */
  refused: string[];
}

/** What its publishes took, from request to answer, and how many it sends in that time where it has a core. */
export interface Measurement {
  timesMs: number[];
  expected: number;
}

/** What it answers. */
export type Told = Record<string, never> | Measurement | Ended;

const EVERY_MS = 25;

/** How long the last events may take to arrive. */
const ARRIVAL_MS = 60_000;

let receiver: Receiver | null = null;
let timer: NodeJS.Timeout | null = null;
let timesMs: number[] = [];
const accepted = new Set<string>();
const refused: string[] = [];
const open = new Set<Promise<void>>();

process.on("disconnect", () => process.exit());
process.on("message", async (asked: Asked) => {
  process.send?.(await answer(asked));
});

async function answer(asked: Asked): Promise<Told> {
  switch (asked.kind) {
    case "start": {
      receiver = await Receiver.start();
      const client = new Client(asked.url, asked.key);
      await client.createEndpoint({ url: receiver.url, types: ["neighbour.event"] });
      timer = setInterval(() => {
        const sending = publish(client).finally(() => open.delete(sending));
        open.add(sending);
      }, EVERY_MS);
      return {};
    }
    case "measure": {
      timesMs = [];
      await wait(asked.forMs);
      await Promise.all(open);
      return { timesMs, expected: asked.forMs / EVERY_MS };
    }
    case "end": {
      if (timer) clearInterval(timer);
      await Promise.all(open);
      const deadline = Date.now() + ARRIVAL_MS;
      while (lost() > 0 && Date.now() < deadline) await wait(20);
      return { lost: lost(), refused };
    }
  }
}

async function publish(client: Client): Promise<void> {
  const sentAt = performance.now();
  try {
    const { status, body } = await client.request<{ id: string }>("POST", "/v1/events", {
      type: "neighbour.event",
      data: { at: Date.now() },
    });
    if (status === 202) accepted.add(body.id);
    else refused.push(String(status));
  } catch (error) {
    refused.push(error instanceof Error ? `${error.message} (${String(error.cause)})` : String(error));
  }
  timesMs.push(performance.now() - sentAt);
}

function lost(): number {
  const arrived = new Set(receiver?.requests.map(({ headers }) => headers["webhook-id"]));
  return [...accepted].filter((id) => !arrived.has(id)).length;
}

import { Atlas, type CreatedEndpoint, type NewEndpoint } from "../../src/sdk/client/index.ts";
import { type Behaviour, Receiver } from "./receivers.ts";

interface SeededEndpoint extends Omit<NewEndpoint, "url"> {
  behaviour: Behaviour;
  path: string;
}

const ENDPOINTS: readonly SeededEndpoint[] = [
  {
    behaviour: "works",
    path: "/ingest/deals",
    dialect: "atlas",
    types: ["deal.*", "contact.*"],
    description: "Data warehouse",
  },
  {
    ...{
      behaviour: "breaksLater",
      path: "/hooks/atlas",
      dialect: "atlas",
      types: ["deal.*"],
      serialize: true,
    },
    filter: "deal.value > 1000",
    description: "Invoices of won deals",
  },
  { behaviour: "breaks", path: "/triggers", retry: { delays: [0.1, 0.1] }, types: ["contact.*"] },
  { behaviour: "stumbles", path: "/in/atlas", retry: { delays: [0.2, 1, 5] } },
  { behaviour: "isGone", path: "/v2/webhooks", types: ["contact.*"], description: "The old CRM" },
  { behaviour: "cuts", path: "/cards", retry: { delays: [5, 60, 3600] }, types: ["deal.created"] },
];

/** What receivers and publishers may send that a page must show as text. */
export const HOSTILE = '<script>document.title="owned"</script><img src=x onerror=alert(1)> ‮evil‬ \u0000';

const TYPES = ["deal.created", "deal.updated", "deal.closed_won", "contact.created", "contact.updated"];

/** A workspace with endpoints that work and that do not, and deliveries in every state. */
export class Seed {
  readonly endpoints: readonly CreatedEndpoint[];
  readonly #receivers: readonly Receiver[];

  private constructor(endpoints: readonly CreatedEndpoint[], receivers: readonly Receiver[]) {
    this.endpoints = endpoints;
    this.#receivers = receivers;
  }

  static async make(atlas: Atlas, events: number): Promise<Seed> {
    const receivers: Receiver[] = [];
    const endpoints: CreatedEndpoint[] = [];
    for (const { behaviour, path, ...fields } of ENDPOINTS) {
      const receiver = await Receiver.start(behaviour);
      receivers.push(receiver);
      endpoints.push(await atlas.endpoints.create({ ...fields, url: `${receiver.url}${path}` }));
    }
    for (let at = 0; at < events; at += 100) {
      await atlas.events.publishBatch(
        Array.from({ length: Math.min(100, events - at) }, (_, index) => newEvent(at + index)),
      );
    }
    return new Seed(endpoints, receivers);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#receivers.map((receiver) => receiver.stop()));
  }
}

function newEvent(number: number) {
  const type = TYPES[number % TYPES.length] ?? "deal.created";
  return {
    type,
    data: {
      id: `deal_${number}`,
      name: number % 10 === 3 ? HOSTILE : `Northwind — plan ${number}`,
      value: 500 + number * 37,
      currency: "USD",
      stage: "negotiation",
    },
  };
}

/** `node test/browser/seed.ts <url> <key> [events]`: seeds, and keeps the receivers until it is ended. */
if (process.argv[1] === import.meta.filename) {
  const [, , baseUrl = "", key = "", events = "60"] = process.argv;
  const seed = await Seed.make(new Atlas({ key, baseUrl }), Number(events));
  console.log(seed.endpoints.map(({ id, url }) => `${id} ${url}`).join("\n"));
}

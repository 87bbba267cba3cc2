import { expect, it } from "vitest";
import { acceptedEventsShape } from "../../src/domain/accepted-events.ts";
import type { AcceptedEvent } from "../../src/domain/messages.ts";
import type { StoredText } from "../../src/domain/stored.ts";

it("are read as they were answered, with their publisher's ids where they have some", () => {
  const events: AcceptedEvent[] = [
    { id: "evt_1", type: "deal.created", created: 1, endpoints: 2 },
    { id: "evt_2", ownId: "order-7", type: "deal.created", created: 1, endpoints: 0 },
  ];
  const kept = JSON.stringify(events) as StoredText<AcceptedEvent[]>;
  expect(acceptedEventsShape.read(kept)).toEqual(events);
});

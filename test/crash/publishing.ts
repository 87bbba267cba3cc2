import { setTimeout as wait } from "node:timers/promises";
import type { Client } from "../e2e/client.ts";
import { Random } from "../e2e/random.ts";
import { bodyOf, type Publication, type Publications } from "./publications.ts";

export interface PublishingPort {
  client: Client;
  publications: Publications;
  seed: number;
  isOver(): boolean;
  /** Resolves when the service serves again after a kill. */
  untilServing(): Promise<void>;
  violation(text: string): void;
}

interface Accepted {
  id: string;
  endpoints: number;
}

/** Share of the events that carry an id of their publisher's own, and of those that are sent again after their 202. */
const OWN_IDS = 0.4;
const SENT_AGAIN = 0.05;

/**
 * Publishes one request after the other until it is over. What a crash left without an answer is sent again if each
 * of its events has an own id, until it is acknowledged; otherwise it stays unacknowledged.
 */
export async function publishContinuously(
  port: PublishingPort,
  publisher: string,
  pace: { eventsPerRequest: number; pauseMs: number },
): Promise<void> {
  const random = new Random(port.seed, publisher);
  while (!port.isOver()) {
    const allOwn = random.happens(OWN_IDS);
    const count = random.whole(1, pace.eventsPerRequest);
    const batch = Array.from({ length: count }, () => {
      // A batch without an own id for each may still have some.
      const withOwnId = allOwn || (count > 1 && random.happens(OWN_IDS));
      return port.publications.make(publisher, random, withOwnId, Date.now());
    });
    const maySendAgain = batch.every(({ ownId }) => ownId !== null);
    let isAcknowledged = await send(port, batch);
    while (!isAcknowledged && maySendAgain) isAcknowledged = await send(port, batch);
    if (isAcknowledged && maySendAgain && random.happens(SENT_AGAIN)) await send(port, batch);
    await wait(random.whole(0, 2 * pace.pauseMs));
  }
}

/** Sends a request once; returns whether it was acknowledged. */
async function send(port: PublishingPort, batch: readonly Publication[]): Promise<boolean> {
  await port.untilServing();
  const isSingle = batch.length === 1;
  const path = isSingle ? "/v1/events" : "/v1/events/batch";
  const members = batch.map(bodyOf).join(", ");
  const body = isSingle ? members : `{"events":[${members}]}`;
  const answer = await port.client
    .request<Accepted & { events: Accepted[] }>("POST", path, body)
    .catch(() => null);
  // No answer, or one that is cut off, in a crash. 503 is an honest "not now".
  if (answer === null || answer.status === 503) return false;
  if (answer.status !== 202) {
    port.violation(`a publish was answered with ${answer.status}: ${answer.text.slice(0, 300)}`);
    return true;
  }
  const accepted = isSingle ? [answer.body] : answer.body.events;
  for (const [i, publication] of batch.entries()) acknowledge(port, publication, accepted[i]);
  return true;
}

function acknowledge(port: PublishingPort, publication: Publication, accepted: Accepted | undefined): void {
  const { ownId, acceptedId, endpoints } = publication;
  const expectedId = acceptedId ?? ownId;
  if (!accepted || (expectedId !== null && accepted.id !== expectedId)) {
    port.violation(`publication ${publication.number} was answered as ${accepted?.id}, not ${expectedId}`);
    return;
  }
  if (endpoints !== null && endpoints !== accepted.endpoints) {
    port.violation(
      `event ${accepted.id} was answered first with ${endpoints} endpoints, then ${accepted.endpoints}`,
    );
  }
  publication.acceptedId = accepted.id;
  publication.acceptedAt ??= performance.now();
  publication.endpoints = accepted.endpoints;
}

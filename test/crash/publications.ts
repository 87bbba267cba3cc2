import { ulid } from "../../src/domain/ids.ts";
import { platform } from "../../src/platform.ts";
import type { Random } from "../e2e/random.ts";

export const EVENT_TYPES = ["order.created", "order.paid", "deal.created", "call.ended"] as const;

/** Keys of the orders by key, as numbers and as texts of which a header carries no character as it is. */
const CUSTOMERS = [
  ...["7", "41", "188", "2003", "2004", "31337", "99.50", "1e3", "12345678901234567890"],
  ...["Zoë & Co.", "50% off", "株式会社"],
] as const;

/** Share of the events that have no customer: they are a key of their own. */
const WITHOUT_CUSTOMER = 0.1;

/** One event that was sent, and what is known of it. */
export interface Publication {
  /** Counted from 0; `data` carries it, so that an arrival names its publication. */
  number: number;
  /** Each publisher waits for its answer before it sends the next. */
  publisher: string;
  type: string;
  region: "eu" | "us";
  /** Is in `context` and in `data`; null = in neither. */
  customer: string | null;
  /** The JSON text of `data`, as it is sent. */
  data: string;
  /** The publisher's own event id; null = the service makes one. */
  ownId: string | null;
  /** When its first request was sent, and when its first 202 came (null = it never did), by the clock of `performance`. */
  sentAt: number;
  acceptedAt: number | null;
  /** The id in a 202; null = never acknowledged: it may have been accepted or not. */
  acceptedId: string | null;
  /** The 202's `endpoints`. */
  endpoints: number | null;
}

/** JSON that a parser and a serializer would not give back as it was. */
const AWKWARD = [
  '"amount":12345678901234567890.10',
  '"amount" : 1E400 , "b":  -0.0',
  '"text":"\\u00e9é\\/\\ud83d\\ude00 \\u0000"',
  '"2":1,"1":2,"nested":{"z":[ 1,2 , 3],"a":null}',
  '"line":"\\u2028","tab":"\\t"',
] as const;

/** Makes events and keeps them all. */
export class Publications {
  readonly all: Publication[] = [];

  /** A new event, its content drawn from `random`. `withOwnId`: under an id of the publisher's own. */
  make(publisher: string, random: Random, withOwnId: boolean, nowMs: number): Publication {
    const number = this.all.length;
    // One in 200 is larger than what hand-over and archive usually hold together.
    const padding = "p".repeat(random.happens(0.005) ? 100_000 : random.whole(0, 800));
    const draw = random.next();
    const customer = random.happens(WITHOUT_CUSTOMER) ? null : random.pick(CUSTOMERS);
    const publication: Publication = {
      number,
      publisher,
      // Few for the endpoints in order: a failed attempt holds those up.
      type: EVENT_TYPES[draw < 0.03 ? 0 : draw < 0.06 ? 1 : draw < 0.5 ? 2 : 3],
      region: random.pick(["eu", "us"]),
      customer,
      data: `{"number":${number},"customer":${customerJson(customer)},${random.pick(AWKWARD)},"padding":"${padding}"}`,
      // From 10 minutes ago to now: the log looks up ids of the last 5 minutes and older ones in different ways.
      ownId: withOwnId ? `evt_${ulid(nowMs - random.whole(0, 600_000), platform)}` : null,
      sentAt: performance.now(),
      acceptedAt: null,
      acceptedId: null,
      endpoints: null,
    };
    this.all.push(publication);
    return publication;
  }

  /** The publication that an event's `data` names. */
  ofData(data: string): Publication | undefined {
    const number = /^\{"number":(\d+),/.exec(data)?.[1];
    return number === undefined ? undefined : this.all[Number(number)];
  }
}

/** The `context` that an event is published with. */
export function contextOf({ region, customer }: Publication): Record<string, string> {
  return customer === null ? { region } : { region, customer };
}

/** The JSON text that is posted for a publication. */
export function bodyOf(publication: Publication): string {
  const { type, data, ownId } = publication;
  const id = ownId === null ? "" : `"id":"${ownId}",`;
  return `{${id}"type":"${type}","context":${JSON.stringify(contextOf(publication))},"data":${data}}`;
}

/** What `data` says of its customer: an id that looks like a number is one. */
function customerJson(customer: string | null): string {
  if (customer === null) return "null";
  return `{"id":${Number.isNaN(Number(customer)) ? JSON.stringify(customer) : customer}}`;
}

import { expect, it } from "vitest";
import type { NewEvent } from "../../src/domain/event.ts";
import { type LogRouting, logOfKey, ONE_LOG } from "../../src/domain/log-shards.ts";
import { routeOf } from "../../src/logs/route.ts";

const EIGHT: LogRouting = { epoch: 1, count: 8, formerCount: 1, shardBy: null };
const BY_CUSTOMER = { ...EIGHT, shardBy: "data.customer" };

function of(customer: string | null): NewEvent {
  const data = JSON.stringify(customer === null ? {} : { customer });
  const sent = { created: false, apiVersion: false, tags: false, context: false };
  return { type: "deal.created", apiVersion: "1", tags: [], context: {}, data, sent };
}

const chance = { random: () => 0.99, secretNumbers: () => [] };

it("events of a workspace with one log go to it, whatever they are", () => {
  expect(routeOf(ONE_LOG, [of("ada"), of("bob")], true, chance)).toEqual({ log: 0 });
});

it("go by chance where nothing else tells, and to log 0 where they have a name", () => {
  expect(routeOf(EIGHT, [of("ada")], false, chance)).toEqual({ log: 7 });
  expect(routeOf(EIGHT, [of("ada")], true, chance)).toEqual({ log: 0 });
});

it("go to the log of their key, those without one to one of their own, named or not", () => {
  expect(routeOf(BY_CUSTOMER, [of("ada"), of("ada")], true, chance)).toEqual({ log: logOfKey("ada", 8) });
  expect(routeOf(BY_CUSTOMER, [of(null)], false, chance)).toEqual({ log: logOfKey("", 8) });
});

it("tell the first event that belongs to another log than those before it", () => {
  const other = ["bob", "cyd", "dan", "eve"].find((name) => logOfKey(name, 8) !== logOfKey("ada", 8)) ?? "";
  expect(routeOf(BY_CUSTOMER, [of("ada"), of("ada"), of(other)], false, chance)).toEqual({ splitAt: 2 });
});

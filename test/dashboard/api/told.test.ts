import { describe, expect, it } from "vitest";
import { Told } from "../../../src/dashboard/api/told.ts";
import type { Delivery } from "../../../src/sdk/client/index.ts";

const row = (sequence: number, status: Delivery["status"], endpoint_id = "ep_1") => {
  const created_at = `2026-01-01T00:00:0${sequence}.000Z`;
  return { id: `dlv_${endpoint_id}_${sequence}`, sequence, status, created_at, endpoint_id } as Delivery;
};
const shown = (rows: Delivery[]) => rows.map(({ sequence, status }) => `${sequence} ${status}`);
const more = { sources: [] };

describe("what a socket tells while the list is on its way", () => {
  it("is kept, whatever the list says that was read before it", () => {
    const told = new Told();
    told.noteAsked();
    told.add([row(1, "delivered"), row(2, "pending")]);
    expect(shown(told.with([], { data: [row(1, "pending")], next: null }))).toEqual([
      "2 pending",
      "1 delivered",
    ]);
  });

  it("does not outlive the next list, which was read after it", () => {
    const told = new Told();
    told.noteAsked();
    told.add([row(1, "pending")]);
    told.noteAsked();
    const page = { data: [row(1, "delivered")], next: null };
    expect(shown(told.with([row(1, "pending")], page))).toEqual(["1 delivered"]);
  });

  it("leaves the rows at hand that the list has no room for", () => {
    const page = { data: [row(2, "pending")], next: more };
    expect(shown(new Told().with([row(1, "dead")], page))).toEqual(["2 pending", "1 dead"]);
  });
});

describe("a row at hand that the list has no more, since it is not what is asked for any longer,", () => {
  const known = [row(4, "dead"), row(3, "dead", "ep_2"), row(1, "dead")];
  const of = (data: Delivery[], next: Parameters<Told["with"]>[1]["next"]) =>
    shown(new Told().with(known, { data, next }));

  it("goes where it is newer than the last row of a list that is newest first", () => {
    expect(of([row(2, "dead")], more)).toEqual(["2 dead", "1 dead"]);
  });

  it("goes where the list is whole, be it empty", () => {
    expect([of([row(2, "dead")], null), of([], null)]).toEqual([["2 dead"], []]);
  });

  it("goes where a list by endpoints has an older one of its endpoint; those of others it may not have come to", () => {
    expect(of([row(2, "dead")], { cursor: "next" })).toEqual(["3 dead", "2 dead", "1 dead"]);
  });

  it("stays where it was told while the list was on its way", () => {
    const told = new Told();
    told.noteAsked();
    told.add([row(4, "dead")]);
    expect(shown(told.with(known, { data: [], next: null }))).toEqual(["4 dead"]);
  });
});

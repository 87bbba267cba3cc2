import { describe, expect, it } from "vitest";
import { Told } from "../../../src/dashboard/api/told.ts";
import type { Delivery } from "../../../src/sdk/client/index.ts";

describe("what a socket tells while the list is on its way", () => {
  const row = (sequence: number, status: Delivery["status"]) =>
    ({ id: `dlv_${sequence}`, sequence, status, created_at: "2026-01-01T00:00:00.000Z" }) as Delivery;
  const shown = (rows: Delivery[]) => rows.map(({ sequence, status }) => `${sequence} ${status}`);

  it("is kept, whatever the list says that was read before it", () => {
    const told = new Told();
    told.asked();
    told.add([row(1, "delivered"), row(2, "pending")]);
    expect(shown(told.with([], [row(1, "pending")]))).toEqual(["2 pending", "1 delivered"]);
  });

  it("does not outlive the next list, which was read after it", () => {
    const told = new Told();
    told.asked();
    told.add([row(1, "pending")]);
    told.asked();
    expect(shown(told.with([row(1, "pending")], [row(1, "delivered")]))).toEqual(["1 delivered"]);
  });

  it("leaves the rows at hand that the list has no room for", () => {
    expect(shown(new Told().with([row(1, "dead")], [row(2, "pending")]))).toEqual(["2 pending", "1 dead"]);
  });
});

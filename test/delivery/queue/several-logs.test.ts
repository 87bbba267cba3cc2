import { expect, it } from "vitest";
import { Deliveries } from "../../../src/delivery/queue/deliveries.ts";
import { Retention } from "../../../src/delivery/queue/retention.ts";
import { nextPositionOf } from "../../../src/domain/log-shards.ts";
import { platform } from "../../../src/platform.ts";
import { event, START } from "../events.ts";
import { type Rig, withRig } from "../rig.ts";

const DAY_MS = 24 * 3600 * 1000;
const ENDPOINT_ID = "ep_0123456789ABCDEF";

const positionOf = (log: number, n: number) => nextPositionOf(log, 0, START + n);

/** The nth event of all comes from a log, to an endpoint that is paused: it is pending, or has ended as it came. */
function take(rig: Rig, log: number, n: number, becomes: "pending" | "ended"): void {
  const acceptedAt = becomes === "pending" ? rig.now : rig.now - 31 * DAY_MS;
  const events = [{ ...event(n), position: positionOf(log, n), acceptedAt }];
  rig.intake.take({ workspaceId: "ws_1", logId: log === 0 ? "ws_1" : `ws_1/${log}`, events }, rig.now);
}

/** A life that has used more storage than records may take. */
function overfull(rig: Rig): Retention {
  const sql = { databaseSize: 2 * 1024 ** 3, exec: rig.sql.exec.bind(rig.sql) };
  return new Retention(sql as unknown as SqlStorage, rig.queue);
}

function paused(test: (rig: Rig) => void): Promise<void> {
  return withRig(async (rig) => {
    rig.status = "paused";
    test(rig);
  });
}

const count = (rig: Rig, table: "deliveries" | "spans") =>
  rig.sql.exec<{ n: number }>(`SELECT count(*) AS n FROM ${table}`).one().n;

it("spans of logs go with their deliveries, be they young, in as many steps as it takes", () =>
  paused((rig) => {
    for (let n = 1; n <= 1300; n++) take(rig, n % 2, n, "ended");
    expect(count(rig, "spans")).toBe(1300);
    const retention = overfull(rig);
    // A thousand deliveries, with the spans before the first that is left; the rest; and nothing any more.
    expect([retention.run(rig.now).hasMore, count(rig, "deliveries"), count(rig, "spans")]).toEqual([
      true,
      300,
      300,
    ]);
    while (retention.run(rig.now).hasMore);
    expect([count(rig, "deliveries"), count(rig, "spans")]).toEqual([1, 1]);
  }));

it("spans of logs go with their deliveries from behind one that is pending, where records take too much", () =>
  paused((rig) => {
    take(rig, 0, 1, "pending");
    for (let n = 2; n <= 60; n++) take(rig, n % 2, n, n === 31 ? "pending" : "ended");
    const retention = overfull(rig);
    while (retention.run(rig.now).hasMore);
    expect(count(rig, "deliveries")).toBe(3);
    // Those of the two that are pending, and that of the newest.
    expect(rig.sql.exec("SELECT first, last FROM spans ORDER BY first").toArray()).toEqual([
      { first: 0, last: 2 },
      { first: 31, last: 31 },
      { first: 60, last: null },
    ]);
  }));

it("what is pending is found by its event where the last delivery of its span was dropped before it", () =>
  paused((rig) => {
    take(rig, 0, 1, "pending");
    take(rig, 0, 2, "ended");
    take(rig, 3, 3, "pending");
    take(rig, 3, 4, "ended");
    take(rig, 0, 5, "pending");
    overfull(rig).run(rig.now);
    expect(count(rig, "deliveries")).toBe(3);
    const deliveries = new Deliveries(rig.sql, rig.queue.storedKeys, () => ENDPOINT_ID, platform);
    const found = (log: number, n: number) =>
      deliveries.rowsOf(positionOf(log, n)).map((row) => row.sequence);
    expect([found(0, 1), found(0, 2), found(3, 3), found(3, 4), found(0, 5)]).toEqual([
      [1],
      [],
      [3],
      [],
      [5],
    ]);
  }));

import { runInDurableObject } from "cloudflare:test";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { Unread, unreadShape } from "../../../src/log/store/unread.ts";
import { loggedEvent } from "../events.ts";
import { newLog } from "../rig.ts";

const ALL = Number.MAX_SAFE_INTEGER;

/** Runs a test on the tables of a log of its own. */
function withTables(test: (sql: SqlStorage) => void): Promise<void> {
  return runInDurableObject(newLog(), (_instance, { storage }) => test(storage.sql));
}

function lag(sql: SqlStorage, number: number, position: number): void {
  sql.exec("INSERT INTO lagging (number, position) VALUES (?, ?)", number, position);
}

function size(sql: SqlStorage): { rows: number; bytes: number } {
  return sql
    .exec<{ rows: number; bytes: number }>(
      "SELECT count(*) AS rows, total(length(body)) AS bytes FROM unread_pieces",
    )
    .one();
}

function idsOf(sql: SqlStorage, number: number, from = 0, to = ALL): string[] {
  return new Unread(sql).of(number, 1, from, to).map(({ id }) => id);
}

describe("what lagging endpoints have yet to take of a segment", () => {
  it("is kept once for an event, however many endpoints lag", () =>
    withTables((sql) => {
      const endpoints = Array.from({ length: 300 }, (_, i) => i + 1);
      const events = Array.from({ length: 12_000 }, (_, n) => loggedEvent(n, { endpoints }));
      lag(sql, 1, 0);
      new Unread(sql).keep(1, events);
      const ofOne = size(sql);
      for (const number of endpoints.slice(1)) lag(sql, number, 0);
      new Unread(sql).keep(1, events);
      const ofAll = size(sql);
      expect(ofAll.rows).toBe(ofOne.rows);
      expect(ofAll.bytes).toBeLessThan(ofOne.bytes + 10_000);
      expect(idsOf(sql, 300)).toEqual(events.map(({ id }) => id));
      const [from, to] = [events[4990]?.position ?? 0, events[5010]?.position ?? 0];
      expect(idsOf(sql, 7, from, to)).toEqual(events.slice(4990, 5011).map(({ id }) => id));
    }));

  it("lies in bounded rows where each event goes to many endpoints of its own", () =>
    withTables((sql) => {
      const numbers = Array.from({ length: 3000 }, (_, i) => i + 1);
      for (const number of numbers) lag(sql, number, 0);
      const events = Array.from({ length: 60 }, (_, n) =>
        loggedEvent(n, { endpoints: numbers.filter((number) => number !== n + 1) }),
      );
      new Unread(sql).keep(1, events);
      expect(size(sql).rows).toBeGreaterThan(2);
      expect(idsOf(sql, 60)).toEqual(events.slice(0, 59).map(({ id }) => id));
      expect(idsOf(sql, 3000)).toHaveLength(60);
    }));

  it("is what goes to it, after its position, and nothing that others have yet to take", () =>
    withTables((sql) => {
      const sets = [[1, 2], [2], [3], [1, 2, 3], []];
      const events = sets.map((endpoints, n) => loggedEvent(n, { endpoints }));
      lag(sql, 1, 0);
      lag(sql, 2, events[1]?.position ?? 0);
      new Unread(sql).keep(1, events);
      const idAt = (...indexes: number[]) => indexes.map((n) => events[n]?.id);
      expect(idsOf(sql, 1)).toEqual(idAt(0, 3));
      expect(idsOf(sql, 2, (events[1]?.position ?? 0) + 1)).toEqual(idAt(3));
      expect(idsOf(sql, 3)).toEqual([]);
      expect(new Unread(sql).of(1, 1, 0, ALL)[0]).toMatchObject({ endpoints: [1], isExpired: true });
    }));

  it("is dropped once every endpoint has it, and stays while one has not", () =>
    withTables((sql) => {
      const events = [1, 2].map((n) => loggedEvent(n, { endpoints: [1, 2] }));
      const last = events[1]?.position ?? 0;
      const unread = new Unread(sql);
      for (const number of [1, 2]) lag(sql, number, 0);
      unread.keep(1, events);
      unread.dropTaken(last - 1);
      expect(size(sql).rows).toBe(1);
      sql.exec("DELETE FROM lagging WHERE number = 1");
      unread.forget(1);
      expect(idsOf(sql, 2)).toHaveLength(2);
      unread.dropTaken(last);
      expect(size(sql).rows).toBe(0);
      unread.keep(1, events);
      sql.exec("DELETE FROM lagging");
      unread.forget(2);
      expect(size(sql).rows).toBe(0);
    }));

  it("is read from the rows that earlier versions wrote, one per endpoint", () =>
    withTables((sql) => {
      const events = [1, 2, 3].map((n) => loggedEvent(n));
      const body = deflateRawSync(
        unreadShape.write(events.map(({ position, id, type, created }) => [position, id, type, created])),
      );
      for (const number of [4, 5])
        sql.exec("INSERT INTO unread (number, first, events) VALUES (?, 1, ?)", number, body);
      expect(idsOf(sql, 4, events[1]?.position)).toEqual(events.slice(1).map(({ id }) => id));
      new Unread(sql).forget(4);
      expect([idsOf(sql, 4), idsOf(sql, 5)]).toEqual([[], events.map(({ id }) => id)]);
      new Unread(sql).dropUpTo(1);
      expect(idsOf(sql, 5)).toEqual([]);
    }));

  it("keeps an event's set where 0.2 looks for it, and finds it there whatever a later version keeps behind it", () =>
    withTables((sql) => {
      const events = [[1], [2], [1, 2]].map((endpoints, n) => loggedEvent(n, { endpoints }));
      for (const number of [1, 2]) lag(sql, number, 0);
      new Unread(sql).keep(1, events);
      const { body } = sql.exec<{ body: ArrayBuffer }>("SELECT body FROM unread_pieces").one();
      const rows = events.map(({ position, id, type, created }, set) => [position, id, type, created, set]);
      const piece = { sets: [[1], [2], [1, 2]], events: rows };
      expect(JSON.parse(inflateRawSync(new Uint8Array(body)).toString())).toMatchObject(piece);
      const later = { ...piece, events: rows.map((row, n) => (n === 0 ? row : [...row, "more", null])) };
      sql.exec("UPDATE unread_pieces SET body = ?", deflateRawSync(JSON.stringify(later)));
      expect(idsOf(sql, 2)).toEqual(events.slice(1).map(({ id }) => id));
      expect(idsOf(sql, 1)).toEqual([events[0]?.id, events[2]?.id]);
    }));
});

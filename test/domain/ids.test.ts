import { describe, expect, it } from "vitest";
import {
  acceptedAt,
  deliveryId,
  eventIdAt,
  eventIdTime,
  firstEventIdAt,
  type IdSeed,
  isEventId,
  newId,
  nextPosition,
  POSITIONS_PER_MS,
  positionAt,
  positionOfEventId,
  sequenceOfDeliveryId,
  ulid,
} from "../../src/domain/ids.ts";
import { platform } from "../../src/platform.ts";

const NOW = Date.UTC(2026, 2, 1);
const SEED: IdSeed = [0x12345678, 0x9abcdef0, 0xdeadbeef];
const OTHER_SEED: IdSeed = [0x12345679, 0x9abcdef0, 0xdeadbeef];

describe("a position", () => {
  it("follows the clock, and counts up where the clock stands still or goes back", () => {
    const first = nextPosition(0, NOW);
    expect(acceptedAt(first)).toBe(NOW);
    expect(nextPosition(first, NOW)).toBe(first + 1);
    expect(nextPosition(first, NOW - 60_000)).toBe(first + 1);
    expect(nextPosition(first, NOW + 1)).toBe(positionAt(NOW + 1));
  });

  it("runs ahead into the next millisecond after 1,024 events in one, without giving a place twice", () => {
    let position = 0;
    const seen = new Set<number>();
    for (let i = 0; i < 3 * POSITIONS_PER_MS; i++) {
      position = nextPosition(position, NOW);
      seen.add(position);
    }
    expect(seen.size).toBe(3 * POSITIONS_PER_MS);
    expect(acceptedAt(position)).toBe(NOW + 2);
    // The clock catches up: still no place twice.
    expect(nextPosition(position, NOW + 2)).toBe(position + 1);
  });

  it("is an exact integer until the year 2248", () => {
    const last = positionAt(Date.UTC(2248, 0, 1)) + POSITIONS_PER_MS - 1;
    expect(Number.isSafeInteger(last)).toBe(true);
    expect(positionOfEventId(eventIdAt(last, SEED), SEED)).toBe(last);
  });
});

describe("a server-made event id", () => {
  it("has the form evt_ + ULID and carries its accept time", () => {
    const id = eventIdAt(positionAt(NOW) + 7, SEED);
    expect(isEventId(id)).toBe(true);
    expect(eventIdTime(id)).toBe(NOW);
    // The example of the ULID specification.
    expect(eventIdAt(positionAt(1_469_918_176_385), SEED).slice(4, 14)).toBe("01ARYZ6S41");
  });

  it("sorts in accept order", () => {
    const positions = [0, 1, 31, 32, 1023, 1024, 1_000_000].map((offset) => positionAt(NOW) + offset);
    const ids = positions.map((position) => eventIdAt(position, SEED));
    expect(ids.toSorted()).toEqual(ids);
  });

  it("tells its position to its own log, and nothing to another", () => {
    for (const offset of [0, 1, 1023, 1024, 123_456_789]) {
      const position = positionAt(NOW) + offset;
      const id = eventIdAt(position, SEED);
      expect(positionOfEventId(id, SEED)).toBe(position);
      expect(positionOfEventId(id, OTHER_SEED)).toBeNull();
    }
  });

  it("is told from a publisher's id that differs in one character", () => {
    const id = eventIdAt(positionAt(NOW) + 5, SEED);
    for (let at = 4; at < id.length; at++) {
      const changed = `${id.slice(0, at)}${id[at] === "0" ? "1" : "0"}${id.slice(at + 1)}`;
      expect(positionOfEventId(changed, SEED)).toBeNull();
    }
  });

  it("is no two positions' and hardly alike for neighbours", () => {
    const ids = Array.from({ length: 20_000 }, (_, i) => eventIdAt(positionAt(NOW) + i, SEED));
    expect(new Set(ids).size).toBe(ids.length);
    // 70 bits after time and counter: each of the 14 digits takes every value.
    for (let digit = 16; digit < 30; digit++) {
      expect(new Set(ids.map((id) => id[digit])).size).toBe(32);
    }
  });
});

describe("the form of an event id", () => {
  it("is evt_ and 26 digits of Crockford's base32 in upper case, the first at most 7", () => {
    expect(isEventId("evt_01KJJXJJ000000000000000000")).toBe(true);
    for (const wrong of [
      "",
      "evt_",
      "evt_01KJJXJJ00000000000000000",
      "evt_01KJJXJJ0000000000000000000",
      "evt_81KJJXJJ000000000000000000",
      "evt_01kjjxjj000000000000000000",
      "evt_01KJJXJJ00000000000000000I",
      "evt_01KJJXJJ00000000000000000U",
      "ep_01KJJXJJ0000000000000000000",
      " evt_01KJJXJJ000000000000000000",
      "evt_01KJJXJJ000000000000000000\n",
    ]) {
      expect(isEventId(wrong)).toBe(false);
    }
  });

  it("compares with the lowest id of a time as the times do", () => {
    const id = `evt_${ulid(NOW, platform)}`;
    expect(id >= firstEventIdAt(NOW)).toBe(true);
    expect(id < firstEventIdAt(NOW + 1)).toBe(true);
  });
});

describe("other ids", () => {
  it("carry their prefix and a ULID of their time", () => {
    expect(newId("ep", 1_469_918_176_385, platform)).toMatch(/^ep_01ARYZ6S41[0-9A-HJKMNP-TV-Z]{16}$/);
    expect(newId("ep", NOW, platform)).not.toBe(newId("ep", NOW, platform));
  });

  it("of deliveries name their endpoint and sequence", () => {
    const endpointId = newId("ep", NOW, platform);
    for (const sequence of [0, 1, 31, 32, 1_000_000, 2 ** 48]) {
      const id = deliveryId(endpointId, sequence);
      expect(id).toMatch(/^dlv_[0-9A-HJKMNP-TV-Z]{26}$/);
      expect(sequenceOfDeliveryId(endpointId, id)).toBe(sequence);
    }
  });

  it("of another endpoint's delivery, or unreadable, are no sequence", () => {
    const endpointId = newId("ep", NOW, platform);
    const id = deliveryId(endpointId, 12);
    expect(sequenceOfDeliveryId(newId("ep", NOW, platform), id)).toBeNull();
    expect(sequenceOfDeliveryId(endpointId, id.slice(0, -1))).toBeNull();
    expect(sequenceOfDeliveryId(endpointId, `${id.slice(0, -1)}U`)).toBeNull();
    expect(sequenceOfDeliveryId(endpointId, id.replace("dlv_", "evt_"))).toBeNull();
  });
});

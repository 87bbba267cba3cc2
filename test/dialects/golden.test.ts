import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { SigningContext } from "../../src/dialects/dialect.ts";
import { dialectNamed, dialects } from "../../src/dialects/index.ts";
import type { OutgoingDelivery } from "../../src/domain/delivery.ts";
import type { Event } from "../../src/domain/event.ts";

/*
 * Each folder under golden/<dialect> holds what a dialect is given (given.json, and data.txt with the publisher's
 * bytes) and what must go over the wire (request.http: headers, an empty line, the body). The signatures in them were
 * computed by other programs than this project's.
 */
const golden = join(import.meta.dirname, "golden");

interface GivenCase {
  event: Omit<Event, "data">;
  delivery: Omit<OutgoingDelivery, "event">;
  signing: SigningContext;
}

function folders(path: string): string[] {
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
}

describe.each(Object.keys(dialects))("%s over the wire", (name) => {
  it.each(folders(join(golden, name)))("%s", (folder) => {
    const read = (file: string) => readFileSync(join(golden, name, folder, file));
    const given = JSON.parse(read("given.json").toString()) as GivenCase;
    const event = { ...given.event, data: read("data.txt").toString() };
    const request = dialectNamed(name)?.build({ ...given.delivery, event }, given.signing);
    const lines = Object.entries(request?.headers ?? {}).map(([header, value]) => `${header}: ${value}\r\n`);
    const wire = `${lines.join("")}\r\n${request?.body}`;
    expect(wire).toBe(read("request.http").toString());
    // Text that is equal could still have been read wrong on both sides.
    expect(Buffer.from(wire).equals(read("request.http"))).toBe(true);
  });

  it("reserves every header it sets", () => {
    const row = dialectNamed(name);
    for (const folder of folders(join(golden, name))) {
      const wire = readFileSync(join(golden, name, folder, "request.http")).toString();
      const head = wire.slice(0, wire.indexOf("\r\n\r\n"));
      const names = head.split("\r\n").map((line) => line.slice(0, line.indexOf(":")).toLowerCase());
      expect(row?.reservedHeaders).toEqual(expect.arrayContaining(names));
    }
  });
});

import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { expect, it } from "vitest";
import { importsOf, ROOT, sourceFiles } from "./source.ts";

/** What tells or sets time, and what draws by chance. */
const GLOBALS =
  /\b(?:Date\.now|new Date\(\)|performance\.now|setTimeout|setInterval|queueMicrotask|Math\.random|getRandomValues|randomUUID)\b/;

/** The rooms that take them by a port alone (domain/surroundings.ts), so that a simulation hands in its own. */
const ROOMS = ["log", "delivery", "storage", "reconcile"];

const files = ROOMS.flatMap((room) => sourceFiles(`src/${room}`));
const named = (found: string[]) => found.map((file) => relative(`${ROOT}/src`, file)).toSorted();

it("clock, timers and chance come in by a port in the objects' rooms, never from globals", () => {
  expect(files.length).toBeGreaterThan(100);
  expect(named(files.filter((file) => GLOBALS.test(readFileSync(file, "utf8"))))).toEqual([]);
});

it("the runtime's own are handed on by the classes of the objects, and taken by what cron and the API call outside of them", () => {
  const takers = files.filter((file) =>
    importsOf(file).some(({ specifier }) => specifier.endsWith("/platform.ts")),
  );
  expect(named(takers)).toEqual([
    "delivery/endpoint.ts",
    "log/event-log.ts",
    "reconcile/cron.ts",
    "reconcile/erasure.ts",
    "reconcile/synced-notes.ts",
  ]);
});

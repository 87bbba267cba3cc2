import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { expect, it } from "vitest";
import { folderOf, importsOf, ROOT, sourceFiles } from "./source.ts";

/** What tells or sets time, and what draws by chance. */
const GLOBALS =
  /\bDate\.now\b|(?<![\w.])(?:new )?Date\(\)|\bnew Date(?![\w(])|\b(?:performance\.(?:now|timeOrigin)|hrtime|set(?:Timeout|Interval|Immediate)|queueMicrotask|AbortSignal\.timeout|scheduler\.wait|Math\.random|getRandomValues|random(?:UUID|Bytes|Int))\b/;

/** Programs of their own, which run beside the Worker or against it. */
const PROGRAMS = ["cli", "dashboard", "local", "sdk"];

/**
 * Rooms that know neither clock nor chance but as somebody hands them in (domain/surroundings.ts), so that a simulation or
 * a test gives its own. In an object's room its class takes the runtime's.
 */
const HANDED_IN = {
  ...{
    catalog: [],
    contract: [],
    d1: [],
    dialects: [],
    domain: [],
    filter: [],
    pages: [],
    reconcile: [],
    rendering: [],
    seal: [],
    storage: [],
  },
  delivery: ["endpoint.ts", "senders/sender.ts"],
  inbox: ["inbox.ts"],
  log: ["event-log.ts"],
  tail: ["hub.ts"],
};

const worker = sourceFiles("src").filter((file) => !PROGRAMS.includes(folderOf(file)));
const named = (found: string[]) => found.map((file) => relative(`${ROOT}/src`, file)).toSorted();

it("the globals for time, timers and chance are named by platform.ts alone", () => {
  expect(worker.length).toBeGreaterThan(300);
  expect(named(worker.filter((file) => GLOBALS.test(readFileSync(file, "utf8"))))).toEqual(["platform.ts"]);
});

it("rules, stores and the parts of objects have the clock, timers and chance handed in", () => {
  const takers = worker
    .filter((file) => Object.hasOwn(HANDED_IN, folderOf(file)))
    .filter((file) => importsOf(file).some(({ specifier }) => specifier.endsWith("/platform.ts")));
  const allowed = Object.entries(HANDED_IN).flatMap(([room, files]) =>
    files.map((file) => `${room}/${file}`),
  );
  expect(named(takers)).toEqual(allowed.toSorted());
});

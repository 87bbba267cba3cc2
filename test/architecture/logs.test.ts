import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT, sourceFiles } from "./source.ts";

/** A line's message where it is written; an endpoint's object has two methods of its own for its lines. */
const MESSAGE =
  /\b(?:(?:logLine|logRetried|logRefused|this\.#log)\(\s*"(?:info|warn|error)",|this\.#awaitOrLog\()\s*"([^"]+)"/g;

/** The calls whose message is handed in: those of the two methods themselves. */
const HANDED_IN = ["logRetried(level, message,", 'this.#log("warn", message,'];

const source = sourceFiles("src")
  .filter((file) => !file.endsWith("service-log.ts"))
  .map((file) => readFileSync(file, "utf8"))
  .join("\n");

const messages = [...source.matchAll(MESSAGE)].map(([, message]) => message ?? "");

it("docs/operations.md says of each message in the service's log what it means, and knows no other", () => {
  const text = readFileSync(join(ROOT, "docs/operations.md"), "utf8");
  const section = /^### Logs$([\s\S]*?)^## /m.exec(text)?.[1] ?? "";
  const cells = [...section.matchAll(/^\| (`.+?`) \| \S/gm)].map(([, cell]) => cell ?? "");
  const told = cells
    .flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, message]) => message))
    .filter((message) => message !== "message");
  expect(told.toSorted()).toEqual([...new Set(messages)].toSorted());
});

it("a message is written out where it is logged, so that it can be searched", () => {
  const calls = [...source.matchAll(/\b(?:logLine|logRetried|logRefused|this\.#log|this\.#awaitOrLog)\(/g)]
    .length;
  const handedIn = HANDED_IN.filter((call) => source.includes(call)).length;
  expect([handedIn, calls - handedIn]).toEqual([HANDED_IN.length, messages.length]);
});

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { endpointFields } from "../../src/contract/endpoint-fields.ts";
import { ROOT } from "./source.ts";

const FILE = join(ROOT, "docs/api.md");
const HEAD = "| field | default | |\n|---|---|---|\n";

const table = Object.entries(endpointFields)
  .map(([name, { docs }]) => `| \`${name}\` | ${docs.standard} | ${docs.text} |\n`.replace("|  |", "| |"))
  .join("");

it("docs/api.md has the table of an endpoint's fields that follows from their rows; UPDATE_DOCS=1 writes it", () => {
  const text = readFileSync(FILE, "utf8");
  const start = text.indexOf(HEAD) + HEAD.length;
  const end = text.indexOf("\n\n", start) + 1;
  if (process.env.UPDATE_DOCS) writeFileSync(FILE, text.slice(0, start) + table + text.slice(end));
  expect(readFileSync(FILE, "utf8")).toContain(HEAD + table);
});

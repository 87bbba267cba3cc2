import { readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, it } from "vitest";
import { endpointFields } from "../../src/contract/endpoint-fields.ts";
import { policyFields } from "../../src/contract/policy.ts";
import { ROOT, sourceFiles } from "./source.ts";

/*
 * What follows from the rows of an endpoint's fields and stands elsewhere, as text: UPDATE_DOCS=1 writes it.
 */

const DOCS = join(ROOT, "docs/api.md");
const HEAD = "| field | default | |\n|---|---|---|\n";

const table = Object.entries(endpointFields)
  .map(([name, { docs }]) => `| \`${name}\` | ${docs.standard} | ${docs.text} |\n`.replace("|  |", "| |"))
  .join("");

it("docs/api.md has the table of an endpoint's fields that follows from their rows", () => {
  const text = readFileSync(DOCS, "utf8");
  const start = text.indexOf(HEAD) + HEAD.length;
  const end = text.indexOf("\n\n", start) + 1;
  if (process.env.UPDATE_DOCS) writeFileSync(DOCS, text.slice(0, start) + table + text.slice(end));
  expect(readFileSync(DOCS, "utf8")).toContain(HEAD + table);
});

const NULLABLE = join(ROOT, "src/cli/workspace-file/nullable-fields.ts");

const nullable = `/*
 * Written by test/architecture/endpoint-fields.test.ts from the rows of src/contract/endpoint-fields.ts: the command line
 * takes types of the contract alone, so that none of its schemas are in it.
 */

/** The fields of an endpoint for which null is a value: elsewhere it puts back a default. */
export const NULLABLE_FIELDS: Readonly<Record<string, true>> = {
${Object.entries(endpointFields)
  .filter(([, { schema }]) => schema.safeParse(null).success)
  .map(([name]) => `  ${name}: true,\n`)
  .join("")}};
`;

it("the command line knows for which fields of an endpoint null is a value, as their rows say", () => {
  if (process.env.UPDATE_DOCS) writeFileSync(NULLABLE, nullable);
  expect(readFileSync(NULLABLE, "utf8")).toBe(nullable);
});

it("no other file of the service lists the fields of a policy: a new one has its row, and the place that uses it", () => {
  const fields = Object.entries(policyFields).map(
    ([name, { held }]) => new RegExp(`\\b(${name}|${held})\\b`),
  );
  const listing = sourceFiles("src")
    .filter((file) => !relative(ROOT, file).startsWith("src/dashboard/"))
    .filter((file) => {
      const code = readFileSync(file, "utf8").replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
      // What uses some of them names these; whoever names most has a list.
      return fields.filter((field) => field.test(code)).length > fields.length / 2;
    });
  expect(listing.map((file) => relative(ROOT, file))).toEqual(["src/contract/policy.ts"]);
});

import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, it } from "vitest";
import * as families from "../../src/metrics/families.ts";
import type { Family } from "../../src/metrics/text.ts";
import { ROOT, sourceFiles } from "./source.ts";

const { countFamilies, ENDPOINT_FAMILIES, ...ofWorkspaces } = families;

const namesOf = (all: readonly Pick<Family<never>, "name">[]) => all.map(({ name }) => name);

/** The names of all families that a scrape can show, but for those of single endpoints. */
const names = [
  ...namesOf(Object.values(ofWorkspaces).flatMap((group) => Object.values(group))),
  ...namesOf(countFamilies("atlas")),
];

it("docs/operations.md tells what each metric says, and knows no other", () => {
  const text = readFileSync(join(ROOT, "docs/operations.md"), "utf8");
  const section = /^### Metrics$([\s\S]*?)^##/m.exec(text)?.[1] ?? "";
  const cells = [...section.matchAll(/^\| (`atlas_.+?`) \| \S/gm)].map(([, cell]) => cell ?? "");
  const told = cells.flatMap((cell) => [...cell.matchAll(/`(atlas_\w+)/g)].map(([, name]) => name));
  expect(told.toSorted()).toEqual(names.toSorted());
});

it("a single endpoint's metrics are named as those of its workspace, after atlas_endpoint_", () => {
  const ofEndpoints = namesOf([...ENDPOINT_FAMILIES, ...countFamilies("atlas_endpoint")]);
  const unlike = ofEndpoints.filter((name) => !names.includes(name.replace("atlas_endpoint_", "atlas_")));
  expect(unlike).toEqual([]);
  expect(ofEndpoints.every((name) => name.startsWith("atlas_endpoint_"))).toBe(true);
});

/** A metric's name, not the beginning that endpoints' have. */
const NAME = /["'`]atlas_(?!endpoint["'`])/;

it("metrics are named in families.ts alone, where this test finds them", () => {
  const naming = sourceFiles("src/metrics").filter((file) => NAME.test(readFileSync(file, "utf8")));
  expect(naming.map((file) => basename(file))).toEqual(["families.ts"]);
});

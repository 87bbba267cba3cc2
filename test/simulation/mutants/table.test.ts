import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { MUTANTS } from "./table.ts";

const SRC = join(import.meta.dirname, "../../../src");

it.each(MUTANTS.flatMap(({ name, changes }) => changes.map(({ file, find }) => ({ name, file, find }))))(
  "“$name” finds its place in src/$file: move the mutant along with the code",
  ({ file, find }) => {
    expect(readFileSync(join(SRC, file), "utf8").split(find)).toHaveLength(2);
  },
);

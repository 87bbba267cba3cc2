import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, it } from "vitest";
import { errorCodes } from "../../src/errors.ts";
import { ROOT, sourceFiles } from "./source.ts";

it("docs/api.md tells what to do about each error code, with its status, and knows no other", () => {
  const text = readFileSync(join(ROOT, "docs/api.md"), "utf8");
  const rows = [...text.matchAll(/^\| (\d{3}) \| `(\w+)` \| \S/gm)].map(
    ([, status, code]) => `${status} ${code}`,
  );
  const codes = Object.entries(errorCodes).map(([code, { status }]) => `${status} ${code}`);
  expect(rows.toSorted()).toEqual(codes.toSorted());
});

/** They look at one outcome before the others have their rules. */
const FIRST_LOOKS = ["src/api/deliveries.ts", "src/api/publish.ts"];

it("what objects answer is mapped by rules for each outcome (domain/outcome.ts), not by hand", () => {
  const byHand = ["api", "compat", "events", "inboxes", "workspaces"]
    .flatMap((folder) => sourceFiles(`src/${folder}`))
    .filter((file) => /\.outcome [!=]== |\bstatus: outcome\b/.test(readFileSync(file, "utf8")))
    .map((file) => relative(ROOT, file));
  expect(byHand.toSorted()).toEqual(FIRST_LOOKS);
});

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { errorCodes } from "../../src/errors.ts";
import { ROOT } from "./source.ts";

it("docs/api.md tells what to do about each error code, with its status, and knows no other", () => {
  const text = readFileSync(join(ROOT, "docs/api.md"), "utf8");
  const rows = [...text.matchAll(/^\| (\d{3}) \| `(\w+)` \| \S/gm)].map(
    ([, status, code]) => `${status} ${code}`,
  );
  const codes = Object.entries(errorCodes).map(([code, { status }]) => `${status} ${code}`);
  expect(rows.toSorted()).toEqual(codes.toSorted());
});

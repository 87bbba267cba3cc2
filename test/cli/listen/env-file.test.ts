import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { setVariable } from "../../../src/cli/listen/env-file.ts";

const folder = mkdtempSync(join(tmpdir(), "atlas-env-"));

afterAll(() => rmSync(folder, { recursive: true }));

it("makes the file for its user alone", () => {
  const file = join(folder, "new.env");
  expect(setVariable(file, "SECRET", "whsec_a+b/c=")).toBe(true);
  expect(readFileSync(file, "utf8")).toBe("SECRET=whsec_a+b/c=\n");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(setVariable(file, "SECRET", "whsec_a+b/c=")).toBe(false);
});

it("replaces one line and leaves the others, their order and the file's mode as they are", () => {
  const file = join(folder, "old.env");
  writeFileSync(file, "A=1\nexport SECRET = old\nMY_SECRET=2", { mode: 0o644 });
  setVariable(file, "SECRET", "$& new");
  expect(readFileSync(file, "utf8")).toBe("A=1\nSECRET=$& new\nMY_SECRET=2");
  setVariable(file, "OTHER", "3");
  expect(readFileSync(file, "utf8")).toBe("A=1\nSECRET=$& new\nMY_SECRET=2\nOTHER=3\n");
  expect(statSync(file).mode & 0o777).toBe(0o644);
});

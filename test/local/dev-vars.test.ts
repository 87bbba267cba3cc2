import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { developmentToken } from "../../src/local/dev-vars.ts";
import { StartError } from "../../src/local/start-error.ts";

let file: string;

beforeEach(() => {
  file = join(mkdtempSync(join(tmpdir(), "atlas-dev-")), ".dev.vars");
});

afterEach(() => rmSync(join(file, ".."), { recursive: true }));

it("makes secrets for development once, for their owner alone", () => {
  const token = developmentToken(file);
  expect(token).toMatch(/^[\w-]{43}$/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const [, key] = /^ENCRYPTION_KEY="(.+)"$/m.exec(readFileSync(file, "utf8")) ?? [];
  expect(Buffer.from(key ?? "", "base64")).toHaveLength(32);
  expect(developmentToken(file)).toBe(token);
});

it("takes the token of a file that is there, in quotes or not", () => {
  for (const line of ["ADMIN_TOKEN=dev", 'ADMIN_TOKEN="dev"', "ADMIN_TOKEN='dev'"]) {
    writeFileSync(file, `# mine\n${line}\nENCRYPTION_KEY=AAAA\n`);
    expect(developmentToken(file)).toBe("dev");
  }
});

it.each(["", "ADMIN_TOKEN=\nENCRYPTION_KEY=AAAA\n", "ADMIN_TOKEN=dev\n"])(
  "refuses a file that lacks a secret: %j",
  (text) => {
    writeFileSync(file, text);
    expect(() => developmentToken(file)).toThrow(StartError);
  },
);

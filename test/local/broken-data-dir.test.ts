import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkRoom, checkState } from "../../src/local/check-state.ts";
import { openDataDir } from "../../src/local/data-dir.ts";
import { readSettings } from "../../src/local/settings.ts";
import { StartError } from "../../src/local/start-error.ts";

let path: string;

beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), "atlas-broken-"));
});

afterEach(() => rmSync(path, { recursive: true, force: true }));

/** What a start says, one line that names the file. */
function said(start: () => unknown): string {
  try {
    start();
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    expect(error.message).not.toContain("\n");
    return error.message;
  }
  throw new Error("it started");
}

const open = () => openDataDir(readSettings({ DATA_DIR: path })).release();

describe("a data directory is refused in one line that names the file", () => {
  it.each([
    ["lock.sqlite", "is damaged"],
    ["encryption-key", "is damaged"],
    ["encryption-keys-used", "is damaged"],
    ["admin-token", "is damaged"],
    ["admin-token", "is empty"],
  ])("where %s %s", (name, why) => {
    open();
    writeFileSync(join(path, name), why === "is empty" ? "\n" : "nonsense \0é".repeat(500));
    expect(said(open)).toMatch(new RegExp(`^${join(path, name)} ${why}`));
  });

  it.each(["lock.sqlite", "encryption-key", "admin-token", "encryption-keys-used"])(
    "where %s is a folder",
    (name) => {
      mkdirSync(join(path, name));
      expect(said(open)).toContain(`${join(path, name)} cannot be`);
    },
  );
});

it("a full disk is called one, and no database damaged", () => {
  expect(said(() => checkRoom(path, 4096))).toBe(
    `There is no room left on the disk of ${path}: make room, then start again.`,
  );
  expect(() => checkRoom(path)).not.toThrow();
});

describe("the state is refused in one line that names the file", () => {
  const file = (...parts: string[]) => {
    const whole = join(path, ...parts);
    mkdirSync(join(whole, ".."), { recursive: true });
    return whole;
  };

  it("where a database of any object is none", () => {
    const object = file("do", "atlas-webhooks-EventLog", "ab12.sqlite");
    writeFileSync(object, "");
    expect(() => checkState(path)).not.toThrow();
    writeFileSync(object, "nonsense ".repeat(500));
    expect(said(() => checkState(path))).toBe(
      `${object} is damaged (it is no SQLite database): put it back from a backup.`,
    );
  });

  it("where a page of D1 is spoiled", () => {
    const d1 = file("d1", "miniflare-D1DatabaseObject", "cd34.sqlite");
    const database = new DatabaseSync(d1);
    database.exec("CREATE TABLE t (a TEXT); CREATE INDEX i ON t (a)");
    for (let n = 0; n < 200; n++) database.prepare("INSERT INTO t VALUES (?)").run("x".repeat(500));
    database.close();
    expect(() => checkState(path)).not.toThrow();
    const opened = openSync(d1, "r+");
    writeSync(opened, Buffer.alloc(4096, 0xab), 0, 4096, 5 * 4096);
    closeSync(opened);
    expect(said(() => checkState(path))).toContain(`${d1} is damaged`);
  });
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UsedKeys } from "../../src/local/used-keys.ts";

const [OLD, NEW] = ["b".repeat(43), "a".repeat(43)].map((key) => `${key}=`) as [string, string];

describe("the encryption keys a data directory was used with", () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "used-keys-"));
    file = join(folder, "encryption-keys-used");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("takes any key the first time, and the same one again", () => {
    new UsedKeys(file).check(OLD);
    new UsedKeys(file).check(OLD);
  });

  it("refuses another key, and keeps refusing it", () => {
    new UsedKeys(file).check(OLD);
    expect(() => new UsedKeys(file).check(NEW)).toThrow(/lacks a key/);
    expect(() => new UsedKeys(file).check(NEW)).toThrow(/lacks a key/);
  });

  it("takes a new key before the old one, then wants both until the old one's line is deleted", () => {
    new UsedKeys(file).check(OLD);
    const [line] = readFileSync(file, "utf8").split("\n");
    new UsedKeys(file).check(`${NEW}, ${OLD}`);
    expect(() => new UsedKeys(file).check(NEW)).toThrow(new RegExp(`${line}`));
    writeFileSync(file, readFileSync(file, "utf8").replace(`${line}\n`, ""));
    new UsedKeys(file).check(NEW);
  });

  it("lets no new key be made where one was used", () => {
    new UsedKeys(file).checkNone("key-file");
    new UsedKeys(file).check(OLD);
    expect(() => new UsedKeys(file).checkNone("key-file")).toThrow(/key-file is missing/);
  });

  it("holds nothing of the keys themselves", () => {
    new UsedKeys(file).check(OLD);
    expect(readFileSync(file, "utf8")).not.toContain(OLD.slice(0, 8));
  });
});

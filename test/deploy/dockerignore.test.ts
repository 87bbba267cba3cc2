import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

const linesOf = (path: string) =>
  readFileSync(join(ROOT, path), "utf8")
    .split("\n")
    .filter((line) => line !== "");

it("copies nothing into the image that the repository leaves out: neither secrets nor data", () => {
  const ignored = linesOf("deploy/Dockerfile.dockerignore");
  // What git ignores without a path it ignores at any depth; `**/` says so to Docker.
  const asDockerSays = (pattern: string) => {
    const path = pattern.replace(/\/$/, "");
    return path.includes("/") ? path : `**/${path}`;
  };
  const leftOut = linesOf(".gitignore").filter((line) => !line.startsWith("!"));
  expect(leftOut).toEqual(expect.arrayContaining([".dev.vars*", ".deploy-secrets.json*", ".atlas/"]));
  expect(leftOut.map(asDockerSays).filter((pattern) => !ignored.includes(pattern))).toEqual([]);
  expect(ignored, "the repository's history").toContain(".git");
});

import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "atlas-program-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const RUN_PROGRAM = join(import.meta.dirname, "../../src/local/run-program.ts");

/** What is seen of a program that says something in either way and ends with a code. */
async function seen(code: number, shows: string): Promise<{ shown: string; failure: string }> {
  const script = join(folder, `ends-${code}.mjs`);
  writeFileSync(
    script,
    `console.log("a statement"); console.error("a warning"); process.exitCode = ${code};`,
  );
  const program = { cwd: folder, name: "wrangler d1", script, given: [], shows };
  const runner = `
    import { runProgram } from ${JSON.stringify(RUN_PROGRAM)};
    const failure = await runProgram(${JSON.stringify(program)}).ended.then(() => "", ({ message }) => message);
    console.log(JSON.stringify(failure));`;
  const given = ["--no-warnings", "--input-type=module", "-e", runner];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, given);
  const lines = stdout.trimEnd().split("\n");
  return { failure: JSON.parse(lines.pop() ?? ""), shown: [...lines, stderr].join("\n").trim() };
}

it("what a program says that is shown only if it fails is not seen where it goes well, as of the migrations of npm run dev", async () => {
  expect(await seen(0, "if it fails")).toEqual({ shown: "", failure: "" });
});

it("and is part of the failure where it does not", async () => {
  const { shown, failure } = await seen(3, "if it fails");
  expect(shown).toBe("");
  expect(failure.split("\n").toSorted()).toEqual(["a statement", "a warning", "wrangler d1 ended with 3."]);
});

it("is seen as it is said otherwise", async () => {
  expect((await seen(0, "always")).shown).toBe("a statement\na warning");
});

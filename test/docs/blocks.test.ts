import { execFileSync, spawn, spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

/** Pages whose shell lines a test pastes: test/e2e/docs.test.ts those that call the API, cli-workspace.test.ts all. */
const PASTED_WHOLE = ["docs/cli.md", "docs/migrate-from-svix.md"];

/** What runs or compiles the blocks of a language, but for what is done here. */
const ELSEWHERE: Record<string, string> = {
  ts: "test/package/documented.test.ts",
  java: "test/package/documented.test.ts",
  rust: "test/package/documented.test.ts",
};

/** Not run; docs/sdk.md says so of its programs. */
const NOT_RUN = ["ruby", "php", "csharp", "html"];

interface Block {
  page: string;
  language: string;
  text: string;
}

const BLOCKS: Block[] = globSync(["*.md", "docs/**/*.md", "sdk/*/README.md"], { cwd: ROOT })
  .toSorted()
  .flatMap((page) =>
    [...readFileSync(join(ROOT, page), "utf8").matchAll(/^( *)```(\w+)\n([\s\S]*?)^\1```$/gm)].map(
      ([, indent = "", language = "", text = ""]) => ({
        page,
        language,
        text: text.replace(new RegExp(`^${indent}`, "gm"), ""),
      }),
    ),
  );

function written(language: string): Block[] {
  const found = BLOCKS.filter((block) => block.language === language);
  expect(found.length).toBeGreaterThan(0);
  return found;
}

/** The blocks of each page as one: a program is started once for it. */
function byPage(blocks: readonly Block[]): Block[] {
  return [...Map.groupBy(blocks, ({ page }) => page).values()].flatMap((ofPage) => {
    const [first] = ofPage;
    return first === undefined ? [] : [{ ...first, text: ofPage.map(({ text }) => text).join("\n") }];
  });
}

/** Gives each block to a program's standard input; what it refuses, with the page. */
function refused(blocks: readonly Block[], program: string, given: readonly string[]): string[] {
  return blocks.flatMap(({ page, text }) => {
    const { status, stderr } = spawnSync(program, given, { input: text, encoding: "utf8" });
    return status === 0 ? [] : [`${page}: ${stderr.trim()}\n${text}`];
  });
}

const has = (program: string, ...given: string[]) => spawnSync(program, given).status === 0;

describe("the code blocks of the documentation", () => {
  it("are of languages of which a test runs, compiles or reads each, or say that they are not run", () => {
    const known = [...Object.keys(ELSEWHERE), ...NOT_RUN, "js", "json", "sh", "python", "go"];
    expect(
      BLOCKS.filter(({ language }) => !known.includes(language)).map(({ page, language }) => [
        page,
        language,
      ]),
    ).toEqual([]);
    for (const file of Object.values(ELSEWHERE))
      expect(readFileSync(join(ROOT, file), "utf8")).toContain("blocks(");
  });

  it("of TypeScript are in pages that are compiled", () => {
    const compiled = readFileSync(join(ROOT, ELSEWHERE.ts ?? ""), "utf8");
    expect(written("ts").filter(({ page }) => !compiled.includes(`"${page}"`))).toEqual([]);
  });

  it("of JavaScript are modules that Node can read", () => {
    expect(refused(written("js"), process.execPath, ["--check", "--input-type=module", "-"])).toEqual([]);
  });

  it("of JSON are JSON, as a whole or line by line", () => {
    const isJson = (text: string) => {
      try {
        JSON.parse(text);
        return true;
      } catch {
        return false;
      }
    };
    const wrong = written("json").filter(
      ({ text }) => !isJson(text) && !text.trim().split("\n").every(isJson),
    );
    expect(wrong).toEqual([]);
  });

  it("of shell commands are read by bash, and name scripts of npm and files that there are", () => {
    const blocks = written("sh");
    expect(refused(byPage(blocks), "bash", ["-n"])).toEqual([]);
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: object };
    const named = blocks.flatMap(({ text }) =>
      [...text.matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(([, name = ""]) => name),
    );
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
    const files = blocks
      .flatMap(({ text }) =>
        [...text.matchAll(/\b(?:docs|deploy|src|sdk|test|bench)\/[\w./-]*\w\.\w+/g)].map(([path]) => path),
      )
      .filter((path) => globSync(path, { cwd: ROOT }).length === 0);
    expect(files).toEqual([]);
    const pages = new Set(blocks.map(({ page }) => page));
    expect(PASTED_WHOLE.filter((page) => !pages.has(page))).toEqual([]);
  });

  it.runIf(has("python3", "--version"))("of Python compile", () => {
    const program = "import sys; compile(sys.stdin.read(), 'block', 'exec')";
    expect(refused(byPage(written("python")), "python3", ["-c", program])).toEqual([]);
  });

  it.runIf(has("gofmt", "-h") || has("go", "version"))("of Go are read by gofmt", () => {
    expect(refused(written("go"), "gofmt", ["-e", "-l"])).toEqual([]);
  });
});

it("docs/receiver.mjs listens at PORT", async () => {
  // The system chooses one, and the receiver says what it was told.
  const receiver = spawn(process.execPath, [join(ROOT, "docs/receiver.mjs")], { env: { PORT: "0" } });
  try {
    for await (const line of receiver.stdout) {
      expect(String(line)).toBe("Waiting for events on http://127.0.0.1:0\n");
      break;
    }
  } finally {
    receiver.kill();
  }
});

it("docs/receiver.mjs is the receiver that the README shows", () => {
  const receiver = readFileSync(join(ROOT, "docs/receiver.mjs"), "utf8").trim();
  expect(
    written("js")
      .find(({ page }) => page === "README.md")
      ?.text.trim(),
  ).toBe(receiver);
  for (const file of globSync("docs/*.mjs", { cwd: ROOT }))
    execFileSync(process.execPath, ["--check", join(ROOT, file)]);
});

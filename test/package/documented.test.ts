import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { atlas } from "../../src/sdk/index.ts";
import { packedProject } from "./packed-project.ts";
import { areAllWanted } from "./runtimes.ts";
import { fetches, has, runs } from "./toolchain.ts";

const ROOT = join(import.meta.dirname, "../..");
const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const PAGE = readFileSync(join(ROOT, "docs/sdk.md"), "utf8");

/** All pages with TypeScript for users of the package. */
const TYPED = [
  ...["docs/sdk.md", "docs/contracts.md", "docs/migrate-from-svix.md", "sdk/javascript/README.md"],
  ...["docs/guides/publishing.md", "docs/guides/order-and-idempotency.md"],
];

function blocks(language: string, page = PAGE): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(
    ([, text = ""]) => text,
  );
}

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "atlas-documented-"));
  return () => rmSync(folder, { recursive: true, force: true });
});

/** What a program of the page must say of each: it takes secret and signature, and the body on standard input. */
function deliveries(): {
  name: string;
  body: string;
  signature: string;
  secret: string;
  isTrusted: boolean;
}[] {
  const body = '{"id":"evt_1","type":"deal.created","data":{"name":"Zoë 🜁"}}';
  const signed = (now = Date.now(), secrets: string | string[] = SECRET) =>
    atlas.webhooks.sign(body, secrets, { now })["Atlas-Signature"] ?? "";
  const good = { body, signature: signed(), secret: SECRET };
  const [time = "", v1 = ""] = good.signature.split(",");
  return [
    { ...good, name: "a good one", isTrusted: true },
    {
      ...good,
      name: "a rotation",
      signature: signed(undefined, ["whsec_newer-0123456789", SECRET]),
      isTrusted: true,
    },
    { ...good, name: "a changed body", body: `${body} `, isTrusted: false },
    { ...good, name: "another secret", secret: "whsec_other-0123456789", isTrusted: false },
    { ...good, name: "an old one", signature: signed(Date.now() - 400_000), isTrusted: false },
    { ...good, name: "one of the future", signature: signed(Date.now() + 400_000), isTrusted: false },
    { ...good, name: "an empty signature", signature: `${time},v1=`, isTrusted: false },
    { ...good, name: "a signature cut short", signature: `${time},${v1.slice(0, -1)}`, isTrusted: false },
    {
      ...good,
      name: "upper-case hex",
      signature: `${time},v1=${v1.slice(3).toUpperCase()}`,
      isTrusted: false,
    },
    { ...good, name: "two times", signature: `t=1,${time},${v1}`, isTrusted: false },
    { ...good, name: "no time", signature: v1, isTrusted: false },
    { ...good, name: "no text of a signature", signature: "Bearer x", isTrusted: false },
    { ...good, name: "an empty secret", secret: "", isTrusted: false },
  ];
}

function expectVerdicts(program: string, given: string[]): void {
  for (const { name, body, signature, secret, isTrusted } of deliveries()) {
    const { status, stderr } = spawnSync(program, [...given, secret, signature], {
      input: body,
      encoding: "utf8",
    });
    expect([name, status, stderr]).toEqual([name, isTrusted ? 0 : 1, ""]);
  }
}

describe("docs/sdk.md", () => {
  it.runIf(areAllWanted)(
    "has TypeScript that compiles against the packed package and the frameworks",
    async () => {
      const modules = join(folder, "node_modules");
      mkdirSync(modules);
      symlinkSync(
        join(await packedProject(), "node_modules/atlas-webhooks"),
        join(modules, "atlas-webhooks"),
      );
      for (const name of ["express", "fastify", "hono", "@nestjs", "@types", "rxjs", "reflect-metadata"]) {
        symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
      }
      const written = TYPED.flatMap((page) => {
        const found = blocks("ts", readFileSync(join(ROOT, page), "utf8"));
        expect([page, found.length > 0]).toEqual([page, true]);
        return found;
      });
      writeFileSync(join(folder, "package.json"), '{"type":"module"}');
      for (const [index, text] of written.entries()) writeFileSync(join(folder, `block${index}.ts`), text);
      const options = [
        "--noEmit",
        "--strict",
        "--skipLibCheck",
        "--module",
        "nodenext",
        "--target",
        "es2022",
      ];
      const types = ["--types", "node", "--experimentalDecorators", "--emitDecoratorMetadata"];
      const files = written.map((_, index) => `block${index}.ts`);
      await runs(join(ROOT, "node_modules/.bin/tsc"), [...options, ...types, ...files], folder);
    },
  );

  it.runIf(has("python3", "--version"))("has Python that trusts what it should", async () => {
    const [block = ""] = blocks("python");
    const program = join(folder, "receive.py");
    const main =
      "import sys\nstatus = receive(sys.stdin.buffer.read(), {'Atlas-Signature': sys.argv[2]}, [sys.argv[1]])\n";
    const path = `import sys\nsys.path.insert(0, ${JSON.stringify(join(ROOT, "sdk/python/src"))})\n`;
    writeFileSync(program, `${path}${block}\n${main}sys.exit(0 if status == 204 else 1)\n`);
    expectVerdicts("python3", ["-B", program]);
  });

  it.runIf(areAllWanted && has("go", "version"))("has Go that compiles", async () => {
    const [block = ""] = blocks("go");
    const project = join(folder, "go");
    mkdirSync(project);
    const module = "github.com/YOUR_ACCOUNT/atlas-webhooks/sdk/go";
    writeFileSync(join(project, "main.go"), block);
    const replaced = `require ${module} v0.0.0\nreplace ${module} => ${join(ROOT, "sdk/go")}\n`;
    writeFileSync(join(project, "go.mod"), `module receiver\n\ngo 1.23\n\n${replaced}`);
    await runs("go", ["vet", "./..."], project, {
      GOFLAGS: "-mod=mod",
      GOPROXY: "off",
      GOTOOLCHAIN: "local",
    });
  });

  it.runIf(areAllWanted && has("javac", "-version"))("has Java that trusts what it should", async () => {
    const [block = ""] = blocks("java");
    writeFileSync(join(folder, "Verify.java"), block);
    await runs("javac", ["-d", folder, "Verify.java"], folder);
    expectVerdicts("java", ["-cp", folder, "Verify"]);
  });

  it.runIf(areAllWanted && has("cargo", "--version"))(
    "has Rust that trusts what it should",
    async (context) => {
      const [block = ""] = blocks("rust");
      const project = join(folder, "rust");
      mkdirSync(join(project, "src"), { recursive: true });
      writeFileSync(join(project, "src/main.rs"), block);
      const manifest = '[package]\nname = "verify"\nversion = "0.1.0"\nedition = "2021"\n\n[dependencies]\n';
      writeFileSync(join(project, "Cargo.toml"), `${manifest}hmac = "0.12"\nsha2 = "0.10"\n`);
      await fetches(context, "cargo", ["fetch", "--quiet"], project);
      await runs("cargo", ["build", "--quiet"], project);
      expectVerdicts(join(project, "target/debug/verify"), []);
    },
  );

  it("has programs of at most 40 lines, and says which were not run", () => {
    for (const language of ["java", "rust", "ruby", "php", "csharp"]) {
      const [block = "", ...more] = blocks(language);
      expect([language, block.trimEnd().split("\n").length <= 40, more.length]).toEqual([language, true, 0]);
    }
    for (const language of ["Ruby", "PHP", "C#"]) expect(PAGE).toContain(`${language}, not run:`);
  });
});

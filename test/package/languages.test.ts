import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { areAllWanted } from "./runtimes.ts";
import { fetches, has, runs } from "./toolchain.ts";

const SDK = join(import.meta.dirname, "../../sdk");

it.runIf(has("python3", "--version"))(
  "Python runs the vectors, and its client talks to a server",
  async () => {
    const said = await runs(
      "python3",
      ["-B", "-m", "unittest", "discover", "-s", "tests"],
      join(SDK, "python"),
    );
    expect(said).toMatch(/Ran \d+ tests[\s\S]*\nOK/);
  },
);

it.runIf(areAllWanted && has("python3", "-m", "pip", "--version"))(
  "Python's package builds as a wheel with its types",
  async (context) => {
    const folder = mkdtempSync(join(tmpdir(), "atlas-wheel-"));
    try {
      cpSync(join(SDK, "python"), join(folder, "source"), { recursive: true });
      // pip fetches what builds it.
      const given = ["-m", "pip", "wheel", "--quiet", "--no-deps", "-w", folder, "./source"];
      await fetches(context, "python3", given, folder);
      const wheel = readdirSync(folder).find((name) => name.endsWith(".whl"));
      const list = await runs("python3", ["-m", "zipfile", "-l", String(wheel)], folder);
      for (const file of ["verification.py", "dialects.py", "client.py", "ed25519.py", "py.typed"]) {
        expect(list).toContain(`atlas_webhooks/${file}`);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);

it.runIf(areAllWanted && has("go", "version"))(
  "Go runs the vectors, and its client talks to a server",
  async () => {
    const offline = { GOFLAGS: "-mod=mod", GOPROXY: "off", GOTOOLCHAIN: "local" };
    await runs("go", ["vet", "./..."], join(SDK, "go"), offline);
    expect(await runs("go", ["test", "-count=1", "./..."], join(SDK, "go"), offline)).toMatch(/^ok\s/m);
  },
);

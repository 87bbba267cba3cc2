import { parseArgs } from "node:util";
import { withBench } from "./bench.ts";
import { type Figure, tableOf } from "./figure.ts";
import type { Bench, Section, Size } from "./section.ts";
import { accept } from "./sections/accept.ts";
import { backlog } from "./sections/backlog.ts";
import { cost } from "./sections/cost.ts";
import { deliver } from "./sections/deliver.ts";
import { dialects } from "./sections/dialects.ts";
import { disk } from "./sections/disk.ts";
import { engine } from "./sections/engine.ts";
import { failing } from "./sections/failing.ts";
import { fanOutSection } from "./sections/fan-out.ts";
import { isolation } from "./sections/isolation.ts";
import { latency } from "./sections/latency.ts";
import { match } from "./sections/match.ts";
import { pace } from "./sections/pace.ts";
import { page } from "./sections/page.ts";
import { pending } from "./sections/pending.ts";
import { replay } from "./sections/replay.ts";
import { retry } from "./sections/retry.ts";
import { senders } from "./sections/senders.ts";
import { start } from "./sections/start.ts";
import { verify } from "./sections/verify.ts";

/** In the order in which they run when none is named. */
const SECTIONS = {
  start,
  accept,
  deliver,
  engine,
  senders,
  latency,
  disk,
  pace,
  "fan-out": fanOutSection,
  isolation,
  failing,
  retry,
  replay,
  cost,
  dialects,
  match,
  verify,
  page,
  pending,
  backlog,
} as const satisfies Record<string, Section>;

const USAGE = `npm run bench -- [--quick | --full] [${Object.keys(SECTIONS).join(" | ")}] …`;

async function main(): Promise<void> {
  const { names, size } = readArguments();
  await withBench(size, async (bench) => {
    const rows = await runSections(bench, names);
    console.log(`\n${tableOf(rows)}`);
  });
}

/** A section that fails is reported and does not keep the others from running. */
async function runSections(bench: Bench, names: string[]): Promise<{ section: string; figure: Figure }[]> {
  const rows: { section: string; figure: Figure }[] = [];
  for (const [section, run] of Object.entries(SECTIONS)) {
    if (names.length > 0 && !names.includes(section)) continue;
    console.log(`${section} …`);
    try {
      for (const figure of await run(bench)) rows.push({ section, figure });
    } catch (error) {
      console.error(error);
      rows.push({ section, figure: { name: "failed", measured: String(error), met: false } });
      process.exitCode = 1;
    }
  }
  return rows;
}

function readArguments(): { names: string[]; size: Size } {
  const { values, positionals } = parseArgs({
    options: { quick: { type: "boolean" }, full: { type: "boolean" } },
    allowPositionals: true,
  });
  const unknown = positionals.find((name) => !Object.hasOwn(SECTIONS, name));
  if (unknown !== undefined || (values.quick && values.full)) {
    console.error(USAGE);
    process.exit(2);
  }
  return { names: positionals, size: values.quick ? "quick" : values.full ? "full" : "default" };
}

await main();
process.exit();

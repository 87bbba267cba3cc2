import { parseArgs } from "node:util";
import { withBench } from "../bench.ts";
import { tableOf } from "../figure.ts";
import { readAdapter } from "./adapter.ts";
import { race } from "./race.ts";
import { Rival } from "./rival.ts";

/** Races this service and the servers whose adapters are named, in turns; prints a table. */
const USAGE = "npm run bench:race -- [--quick | --full] ADAPTER.json …";

const { values, positionals } = parseArgs({
  options: { quick: { type: "boolean" }, full: { type: "boolean" } },
  allowPositionals: true,
});
if (positionals.length === 0 || (values.quick && values.full)) {
  console.error(USAGE);
  process.exit(2);
}

try {
  const others = positionals.map((file) => readAdapter(file, process.env));
  await withBench(values.quick ? "quick" : values.full ? "full" : "default", async (bench) => {
    const rows = await bench.withService((service) =>
      race(bench, [Rival.of(service), ...others.map((adapter) => new Rival(adapter))]),
    );
    console.log(`\n${tableOf(rows)}`);
  });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
process.exit();

import type { Command } from "commander";
import { explained, forecast } from "../../tasks/explained.ts";
import { type Explained, type Forecast, forecastOf, reasonOf } from "../../tasks/verdict.ts";
import { statusStyle } from "../read/columns.ts";
import { UsageError } from "../shell/failure.ts";
import { parsedObject, readStdin, readText } from "../shell/input.ts";
import type { Column } from "../shell/output.ts";
import { connect, type Shell } from "../shell/shell.ts";

/** `explain`: what became of an event at each endpoint, or would become of it. */
export function addExplain(program: Command, shell: Shell): void {
  program
    .command("explain")
    .description("tell what became of an event at each endpoint, and why; or what would become of one")
    .argument("<event>", "its id; or @file, or - for stdin: JSON of an event that is not published")
    .option("--endpoint <id>", "this endpoint alone")
    .addHelpText(
      "after",
      `
Examples:
  $ atlas explain evt_01KAGW9ZQ8N3V5XTB2C4D6E7F8
  $ echo '{"type": "deal.created", "data": {"value": 5}}' | atlas explain -`,
    )
    .action(async (event: string, { endpoint }: { endpoint?: string }) => {
      const { atlas } = connect(shell);
      const isBody = event === "-" || event.startsWith("@");
      if (!isBody) return showExplained(shell, await explained(atlas, event, endpoint));
      const text =
        event === "-"
          ? (await readStdin(shell, "The event")).toString("utf8")
          : readText(event.slice(1), "<event>");
      const body = parsedObject(text, "The event");
      if (typeof body.type !== "string") throw new UsageError('The event must name its "type".');
      const rows = await forecast(atlas, text.trim());
      showForecast(shell, endpoint === undefined ? rows : rows.filter((row) => row.endpoint_id === endpoint));
    });
}

function columns<Row extends { endpoint_id: string; verdict: string }>(
  why: (row: Row) => string,
): Column<Row>[] {
  return [
    { title: "ENDPOINT", value: ({ endpoint_id }) => endpoint_id },
    { title: "VERDICT", value: ({ verdict }) => verdict, style: ({ verdict }) => statusStyle(verdict) },
    { title: "WHY", value: why },
  ];
}

const NONE = "The workspace has no endpoint: make one with `atlas endpoints create <url>`.";

function showExplained({ output }: Shell, rows: readonly Explained[]): void {
  output.table(rows, columns(reasonOf), NONE);
}

function showForecast({ output }: Shell, rows: readonly Forecast[]): void {
  output.table(rows, columns(forecastOf), NONE);
}

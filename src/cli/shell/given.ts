import { Argument, type Command, InvalidArgumentError } from "commander";
import { UsageError } from "./failure.ts";

/* How options and arguments read; each throws what commander shows with the option's name, exit code 2. */

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `15m`, `2h`, `1d`, `90s`, `250ms` in milliseconds. */
export function duration(text: string): number {
  const [, amount = "", unit = ""] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim()) ?? [];
  const milliseconds = Number(amount) * (UNITS[unit] ?? Number.NaN);
  if (amount !== "" && Number.isFinite(milliseconds)) return milliseconds;
  throw new InvalidArgumentError("It must be a time span, as 15m, 2h or 1d.");
}

/** A time as `2026-11-20T00:00:00Z`, or so long ago as `2h`; as the API takes it. */
export function timeOrAgo(text: string): string {
  if (/^\d+(\.\d+)?(ms|s|m|h|d)$/.test(text.trim()))
    return new Date(Date.now() - duration(text)).toISOString();
  const time = Date.parse(text);
  if (Number.isNaN(time) || !/^\d{4}-\d\d-\d\d/.test(text))
    throw new InvalidArgumentError("It must be a time, as 2026-11-20T00:00:00Z, or so long ago, as 2h.");
  return new Date(time).toISOString();
}

export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError("It must be a number above 0.");
}

/** The values of an option that may come several times, each time with a comma list. */
export function listed(text: string, earlier: string[] = []): string[] {
  const items = text.split(",").map((item) => item.trim());
  if (items.some((item) => item === ""))
    throw new InvalidArgumentError("It must be a comma list, as deal.*,contact.created.");
  return [...earlier, ...items];
}

/** The pairs of an option that may come several times: `name=value`. */
export function pair(text: string, earlier: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("It must be name=value.");
  return { ...earlier, [text.slice(0, at)]: text.slice(at + 1) };
}

/** An argument whose words are for another program: they may be empty. */
export class ForeignWords extends Argument {}

/** Throws a UsageError that names an argument which is given, but empty: as a variable of the shell that is not set. */
export function refuseEmpty(command: Command): void {
  for (const [i, argument] of command.registeredArguments.entries()) {
    if (argument instanceof ForeignWords) continue;
    const given: unknown = command.processedArgs[i];
    const isEmpty = Array.isArray(given) ? given.includes("") : given === "";
    if (isEmpty) throw new UsageError(`<${argument.name()}> must not be empty: ${argument.description}.`);
  }
}

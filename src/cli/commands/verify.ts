import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { CommandError, UsageError } from "../shell/failure.ts";
import { timeOrAgo, wholeNumber } from "../shell/given.ts";
import { readStdin } from "../shell/input.ts";
import type { Shell } from "../shell/shell.ts";
import { readRequest } from "../verify/http-request.ts";
import { DIALECT_NAMES, type Judgement, judge } from "../verify/judge.ts";

interface VerifyOptions {
  secret: string[];
  dialect?: string;
  tolerance: number;
  at?: string;
}

/** `verify`: whether a request that was written down is signed, by which dialect and secret, and if not why. */
export function addVerify(program: Command, shell: Shell): void {
  program
    .command("verify")
    .description("tell whether a raw HTTP request is signed, by which dialect and secret; and if not, why")
    .argument("[file]", "the request: headers, an empty line, the body; default: stdin")
    .option(
      "--secret <secret>",
      "a secret that may have signed it; may be repeated; default: WEBHOOK_SECRET",
      collected,
    )
    .option("--dialect <dialect>", `one of ${DIALECT_NAMES.join(", ")}; default: told by its headers`)
    .option("--tolerance <seconds>", "how old the signature may be", wholeNumber(0, 1_000_000_000), 300)
    .option("--at <time>", "when it arrived: a time, or so long ago, as 2h; default: now", timeOrAgo)
    .addHelpText(
      "after",
      `
It needs no service and no key, and ends with 1 where the request is not to be trusted.

Examples:
  $ atlas verify --secret whsec_… < request.http
  $ atlas verify request.http --at 2026-11-20T09:30:00Z`,
    )
    .action((file: string | undefined, options: VerifyOptions) => verify(shell, file, options));
}

function collected(text: string, earlier: string[] = []): string[] {
  return [...earlier, text];
}

async function verify(shell: Shell, file: string | undefined, options: VerifyOptions): Promise<void> {
  const { environment, output } = shell;
  const kept = environment.WEBHOOK_SECRET;
  const secrets = options.secret ?? (kept ? [kept] : []);
  if (secrets.length === 0) throw new UsageError("No secret was given: say --secret, or set WEBHOOK_SECRET.");
  if (options.dialect !== undefined && !DIALECT_NAMES.includes(options.dialect))
    throw new UsageError(`--dialect must be one of: ${DIALECT_NAMES.join(", ")}.`);
  const bytes = file === undefined || file === "-" ? await readStdin(shell, "The request") : readBytes(file);
  const judged = judgedWithEnds(bytes, secrets, {
    dialect: options.dialect,
    toleranceSeconds: options.tolerance,
    now: options.at === undefined ? Date.now() : Date.parse(options.at),
  });
  const found = judged.find(({ isValid }) => isValid);
  if (output.isJson) output.json({ valid: found !== undefined, judged: judged.map(asJson) });
  else if (found !== undefined)
    output.line(
      `${output.style("green", "valid")}: ${found.dialect}, signed by secret ${found.secret} of ${secrets.length}`,
    );
  else
    for (const { dialect, code, message, hint } of judged)
      output.line(`${output.style("red", dialect)}: ${code}: ${message}. ${hint}`);
  if (found === undefined) throw new CommandError("The request is not to be trusted.");
}

/**
 * An editor ends a file with a line's end that the body did not have: if it does not verify as it is, it is tried without.
 */
function judgedWithEnds(
  bytes: Buffer,
  secrets: readonly string[],
  options: Parameters<typeof judge>[2],
): Judgement[] {
  const request = readRequest(bytes);
  const judged = judge(request, secrets, options);
  if (judged.some(({ isValid }) => isValid)) return judged;
  const ends = [/\r\n$/, /\n$/].map((end) => end.exec(request.body.toString("latin1"))?.[0].length ?? 0);
  for (const length of new Set(ends.filter((one) => one > 0))) {
    const shorter = { ...request, body: request.body.subarray(0, request.body.length - length) };
    const again = judge(shorter, secrets, options);
    if (again.some(({ isValid }) => isValid)) return again;
  }
  return judged;
}

function asJson({ isValid, ...rest }: Judgement): object {
  return { ...rest, valid: isValid };
}

function readBytes(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new CommandError(`${file} cannot be read (${(error as { code?: string }).code}).`);
  }
}

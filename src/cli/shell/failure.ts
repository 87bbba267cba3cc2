import { AtlasError } from "../../sdk/client/index.ts";

/** The command was called wrongly: exit code 2. The message names the option or argument and how to mend it. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The command did not do what was asked: exit code 1. The message is one line for people. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

/** Ctrl-C: exit code 130. */
export class InterruptedError extends Error {
  override readonly name = "InterruptedError";
}

/** What scripts tell endings apart by. */
export const EXIT_CODES = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT_CODES.usage;
  if (error instanceof InterruptedError) return EXIT_CODES.interrupted;
  return EXIT_CODES.failed;
}

/** One line that says what is wrong and how to mend it; never a stack. */
export function messageOf(error: unknown): string {
  const text =
    error instanceof AtlasError
      ? messageOfAnswer(error)
      : error instanceof Error
        ? error.message
        : String(error);
  return text.replace(/\s*\n\s*/g, " ").trim();
}

/** A failure as programs read it: what `--json` writes to the standard error. */
export function failureBody(error: unknown): Record<string, unknown> {
  if (!(error instanceof AtlasError))
    return { code: error instanceof UsageError ? "usage" : "failed", message: messageOf(error) };
  const { code, status, errors, requestId } = error;
  return { code, message: messageOf(error), status, errors, request_id: requestId };
}

function messageOfAnswer({ code, message, status, errors, requestId }: AtlasError): string {
  const request = requestId === null ? "" : ` (request ${requestId})`;
  if (code === "network") return `${message} Start it with \`atlas serve\`, or set ATLAS_URL to where it is.`;
  if (status === 401) return `${message} Set ATLAS_KEY, or run \`atlas login\`.`;
  if (errors.length > 0) return errors.map((field) => `${field.path}: ${field.message}`).join("; ");
  return status >= 500 ? `${message}${request}` : message;
}

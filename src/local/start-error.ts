/** Why the server cannot start, in one line for the person who started it. */
export class StartError extends Error {
  override name = "StartError";
}

/** The code of a system error (`EADDRINUSE`, …), or null for anything else. */
export function systemErrorCode(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}

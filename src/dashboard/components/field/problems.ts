import { AtlasError } from "../../../sdk/client/index.ts";

/** What the service says is wrong with the fields of what was sent to it. */
export function problemsOf(error: unknown): readonly { path: string; message: string }[] {
  return error instanceof AtlasError ? error.errors : [];
}

/** How to ask for what is wrong with a field, or with something in it; null = nothing. */
export function problemIn(error: unknown): (field: string) => string | null {
  return (field) =>
    problemsOf(error).find(
      ({ path }) => path === field || (path.startsWith(field) && /[.[]/.test(path[field.length] ?? "")),
    )?.message ?? null;
}

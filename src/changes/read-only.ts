import { isDeepStrictEqual } from "node:util";
import type { FieldError } from "../errors.ts";

/**
 * What is wrong with read-only fields of a change: those that equal what is shown may come back, as after a GET; any
 * other value is refused. A field that moves on by itself may come back as it was shown earlier.
 * @param body the parsed change
 * @param names the read-only fields
 * @param shown what a GET answers now; null = nothing, since it is only being made
 * @param wasShown whether a value may have been shown before
 */
export function readOnlyErrors(
  body: object,
  names: readonly string[],
  shown: object | null,
  wasShown: (name: string, value: unknown) => boolean = () => false,
): FieldError[] {
  return names.flatMap((path) => {
    const value: unknown = Reflect.get(body, path);
    if (value === undefined) return [];
    if (shown === null) return [{ path, message: "is read-only: leave it out" }];
    if (isDeepStrictEqual(value, Reflect.get(shown, path)) || wasShown(path, value)) return [];
    return [{ path, message: "is read-only: leave it out, or send it as it is shown" }];
  });
}

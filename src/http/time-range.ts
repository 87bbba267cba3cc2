import { invalid } from "../errors.ts";

/** `from` and `to` as Unix milliseconds; throws 422 if they are the wrong way round. */
export function timeRange(query: { from?: string | undefined; to?: string | undefined }): {
  from?: number;
  to?: number;
} {
  const [from, to] = [query.from, query.to].map((text) =>
    text === undefined ? undefined : Date.parse(text),
  );
  if (from !== undefined && to !== undefined && from >= to) {
    throw invalid([{ path: "to", message: "must be later than `from`" }]);
  }
  return { from, to };
}

import { invalid } from "../errors.ts";
import { parseJson } from "./body.ts";

/** The parsed text of a body, which every route takes as an object. Throws 400 for what is no JSON, 422 for another value. */
export function parseObject(text: string): object {
  const value = parseJson(text);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw invalid([{ path: "", message: "the body must be a JSON object" }]);
}

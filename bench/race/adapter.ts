import { readFileSync } from "node:fs";
import { z } from "zod";

/** One request of another server's API. In its texts stand places, which `docs` of this folder's README names. */
const requestShape = z.strictObject({
  method: z.enum(["POST", "PUT", "PATCH"]).default("POST"),
  path: z.string().startsWith("/"),
  body: z.record(z.string(), z.json()),
});

const adapterShape = z.strictObject({
  /** As the table shows it. */
  name: z.string().min(1),
  /** Where it listens, as `http://127.0.0.1:8080`. */
  origin: z.url(),
  /** Sent with each request: its key. */
  headers: z.record(z.string(), z.string()).default({}),
  /** What must be there first, as an application. */
  prepare: z.array(requestShape).default([]),
  /** Makes an endpoint, which is called at `{url}` for events of `{type}`. */
  endpoint: requestShape,
  /** Publishes one event of `{type}` with `{data}`, an object. */
  publish: requestShape.omit({ method: true }),
  /** What it reaches this machine by, if it is not on it itself. */
  receiverHost: z.string().default("127.0.0.1"),
});

/** How another server is called. */
export type Adapter = z.infer<typeof adapterShape>;

type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** Reads an adapter's file. Throws an Error that names what is wrong in it. */
export function readAdapter(file: string, environment: NodeJS.ProcessEnv): Adapter {
  let given: unknown;
  try {
    given = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : error}`);
  }
  const read = adapterShape.safeParse(given);
  if (!read.success) throw new Error(`${file}: ${z.prettifyError(read.error)}`);
  const adapter = read.data;
  const headers = Object.entries(adapter.headers).map(([name, value]) => [
    name,
    value.replace(/\{env\.(\w+)\}/g, (_, variable: string) => {
      const found = environment[variable];
      if (found === undefined) throw new Error(`${file}: the environment has no ${variable}`);
      return found;
    }),
  ]);
  return { ...adapter, headers: Object.fromEntries(headers) };
}

/** A text, or JSON with texts in it, with its places filled: `{name}` by the value of that name, if there is one. */
export function filled<T extends Json>(json: T, values: Readonly<Record<string, string>>): T {
  return filledJson(json, values) as T;
}

function filledJson(json: Json, values: Readonly<Record<string, string>>): Json {
  if (typeof json === "string")
    return json.replace(/\{(\w+)\}/g, (place, name: string) => values[name] ?? place);
  if (Array.isArray(json)) return json.map((one) => filledJson(one, values));
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, filledJson(value, values)]));
}

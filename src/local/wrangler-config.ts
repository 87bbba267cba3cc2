import { readFileSync } from "node:fs";
import { parse } from "smol-toml";

/** What the local server takes from wrangler.toml, the one place where it is written. */
export interface WranglerConfig {
  name: string;
  compatibilityDate: string;
  compatibilityFlags: string[];
  crons: string[];
  databases: { binding: string; name: string }[];
  buckets: { binding: string; name: string }[];
  objects: { binding: string; className: string }[];
}

interface WranglerToml {
  name: string;
  compatibility_date: string;
  compatibility_flags?: string[];
  triggers?: { crons?: string[] };
  d1_databases?: { binding: string; database_name: string }[];
  r2_buckets?: { binding: string; bucket_name: string }[];
  durable_objects?: { bindings?: { name: string; class_name: string }[] };
}

/** Reads wrangler.toml. wrangler's own reader is not used: importing it takes half a second and 100 MB of each start. */
export function readWranglerConfig(file: string): WranglerConfig {
  const toml = parse(readFileSync(file, "utf8")) as unknown as WranglerToml;
  return {
    name: toml.name,
    compatibilityDate: toml.compatibility_date,
    compatibilityFlags: toml.compatibility_flags ?? [],
    crons: toml.triggers?.crons ?? [],
    databases: (toml.d1_databases ?? []).map((d1) => ({ binding: d1.binding, name: d1.database_name })),
    buckets: (toml.r2_buckets ?? []).map((r2) => ({ binding: r2.binding, name: r2.bucket_name })),
    objects: (toml.durable_objects?.bindings ?? []).map((object) => ({
      binding: object.name,
      className: object.class_name,
    })),
  };
}

import type { DurationHistogram } from "../domain/counts.ts";

/* Prometheus's text format, version 0.0.4: each family once, its HELP and TYPE before its samples. */

export const METRICS_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export type Labels = Record<string, string>;

/** What a family of metrics says of each of its sources. */
export type Family<Source> = { name: string; help: string } & (
  | { type: "gauge" | "counter"; value(source: Source): number }
  /** A counter with one more label: a sample for each of its values. */
  | { type: "counter"; label: string; values(source: Source): [value: string, count: number][] }
  | { type: "histogram"; histogram(source: Source): DurationHistogram }
);

/** The lines of a family; durations are told in seconds. */
export function familyLines<Source>(
  family: Family<Source>,
  sources: readonly { labels: Labels; source: Source }[],
): string[] {
  const { name, type, help } = family;
  const lines = [`# HELP ${name} ${escaped(help)}`, `# TYPE ${name} ${type}`];
  for (const { labels, source } of sources) {
    if ("histogram" in family) lines.push(...histogramLines(name, labels, family.histogram(source)));
    else if ("values" in family)
      for (const [value, count] of family.values(source))
        lines.push(sample(name, { ...labels, [family.label]: value }, count));
    else lines.push(sample(name, labels, family.value(source)));
  }
  return lines;
}

function histogramLines(
  name: string,
  labels: Labels,
  { buckets, sumMs, count }: DurationHistogram,
): string[] {
  return [
    ...buckets.map((bucket) =>
      sample(`${name}_bucket`, { ...labels, le: String(bucket.upToMs / 1000) }, bucket.count),
    ),
    sample(`${name}_bucket`, { ...labels, le: "+Inf" }, count),
    sample(`${name}_sum`, labels, sumMs / 1000),
    sample(`${name}_count`, labels, count),
  ];
}

function sample(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(
    ([label, text]) => `${label}="${escaped(text).replaceAll('"', '\\"')}"`,
  );
  return `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${value}`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

/** One sample of Prometheus's text format. */
export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const COMMENT = new RegExp(`^# (HELP|TYPE) (${NAME}) (.*)$`);
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (NaN|[+-]Inf|-?\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?)$`);
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(?:,|$)/;

/**
 * The samples of a text in Prometheus's text format 0.0.4, read as strictly as it is written down: each family once, with
 * its HELP and TYPE before its samples; no sample twice; histograms with rising buckets that end in `+Inf`.
 * Throws what is wrong.
 */
export function parseExposition(text: string): Sample[] {
  if (!text.endsWith("\n")) throw new Error("the last line does not end");
  const samples: Sample[] = [];
  const seen = new Set<string>();
  const types = new Map<string, string>();
  const helped = new Set<string>();
  let family = "";
  for (const line of text.slice(0, -1).split("\n")) {
    const [, kind, name = "", rest = ""] = COMMENT.exec(line) ?? [];
    if (kind === "HELP") {
      if (helped.has(name)) throw new Error(`two HELP of ${name}`);
      helped.add(name);
      if (!/^(?:[^\\]|\\[\\n])*$/.test(rest)) throw new Error(`a HELP that is not escaped: ${line}`);
    } else if (kind === "TYPE") {
      if (types.has(name)) throw new Error(`two TYPE of ${name}`);
      if (!/^(counter|gauge|histogram)$/.test(rest)) throw new Error(`an unknown type: ${line}`);
      if ((rest === "counter") !== name.endsWith("_total")) throw new Error(`not a counter's name: ${line}`);
      types.set(name, rest);
      family = name;
    } else {
      const sample = sampleIn(line);
      if (familyOf(sample.name, types) !== family) throw new Error(`not among its family: ${line}`);
      if (types.get(family) === "counter" && !(sample.value >= 0)) throw new Error(`below zero: ${line}`);
      const key = `${sample.name} ${JSON.stringify(Object.entries(sample.labels).sort())}`;
      if (seen.has(key)) throw new Error(`the same sample twice: ${line}`);
      seen.add(key);
      samples.push(sample);
    }
  }
  for (const [name, type] of types) {
    if (!helped.has(name)) throw new Error(`${name} has no HELP`);
    if (type === "histogram") checkHistogram(name, samples);
  }
  return samples;
}

function sampleIn(line: string): Sample {
  const [, name, labelText = "", value] = SAMPLE.exec(line) ?? [];
  if (name === undefined) throw new Error(`not a sample: ${line}`);
  const labels: Record<string, string> = {};
  for (let rest = labelText; rest !== ""; ) {
    const [whole, label = "", text = ""] = LABEL.exec(rest) ?? [];
    if (whole === undefined || label in labels) throw new Error(`labels that cannot be read: ${line}`);
    labels[label] = text.replace(/\\(.)/g, (_, char) => (char === "n" ? "\n" : char));
    rest = rest.slice(whole.length);
  }
  return { name, labels, value: Number(value === "+Inf" ? "Infinity" : value) };
}

function familyOf(name: string, types: Map<string, string>): string {
  const base = name.replace(/_(bucket|sum|count)$/, "");
  return types.get(base) === "histogram" ? base : name;
}

function checkHistogram(name: string, samples: Sample[]): void {
  const groups = new Map<string, { buckets: Sample[]; sum: number; count: number }>();
  for (const { name: own, labels, value } of samples.filter((sample) => sample.name.startsWith(`${name}_`))) {
    const { le: _le, ...others } = labels;
    const key = JSON.stringify(others);
    const group = groups.get(key) ?? { buckets: [], sum: Number.NaN, count: Number.NaN };
    groups.set(key, group);
    if (own === `${name}_bucket`) group.buckets.push({ name: own, labels, value });
    if (own === `${name}_sum`) group.sum = value;
    if (own === `${name}_count`) group.count = value;
  }
  for (const [key, { buckets, sum, count }] of groups) {
    const bounds = buckets.map(({ labels }) =>
      labels.le === "+Inf" ? Number.POSITIVE_INFINITY : Number(labels.le),
    );
    const isRising = (numbers: number[], strictly: boolean) =>
      numbers.every(
        (number, i) => i === 0 || number > (numbers[i - 1] ?? 0) || (!strictly && number === numbers[i - 1]),
      );
    if (!isRising(bounds, true)) throw new Error(`bounds of ${name} do not rise: ${key}`);
    if (
      !isRising(
        buckets.map(({ value }) => value),
        false,
      )
    )
      throw new Error(`${name} is not cumulative: ${key}`);
    if (bounds.at(-1) !== Number.POSITIVE_INFINITY) throw new Error(`${name} has no +Inf: ${key}`);
    if (buckets.at(-1)?.value !== count) throw new Error(`the count of ${name} is not its +Inf: ${key}`);
    if (!(sum >= 0)) throw new Error(`${name} has no sum: ${key}`);
  }
}

/*
 * The durable steps of the objects, named by what they write: the moments right before and right after them are where a
 * crash hurts most. The first row that fits a commit names it.
 */

type Kind = "log" | "endpoint" | "sender";

const STEPS: Record<Kind, [name: string, writes: RegExp][]> = {
  // It writes nothing.
  sender: [],
  log: [
    ["accept", /^INSERT chunks/],
    ["archive", /^INSERT segments/],
    ["expire", /^DELETE segments/],
    ["subscription", /subscriptions/],
    ["replay job", /replay_jobs|replay_batches/],
    ["note of a replay", /replayed/],
    ["lag", /lagging/],
    ["claim", /claims/],
    ["stage passed", /passed/],
  ],
  endpoint: [
    ["lease", /^INSERT leases/],
    ["replay", /^INSERT replays/],
    ["settle", /^INSERT runs/],
    ["enqueue", /^INSERT deliveries/],
    ["record", /^UPDATE deliveries/],
    ["expire", /^DELETE deliveries/],
    ["counts", /stats/],
    ["configuration", /meta/],
  ],
};

/** The name of a commit by what it writes, as `INSERT deliveries`. */
export function stepOf(kind: Kind, writes: ReadonlySet<string>): string {
  if (writes.has("erase")) return "erase";
  for (const [name, form] of STEPS[kind]) for (const write of writes) if (form.test(write)) return name;
  return writes.size === 0 ? "alarm" : "other";
}

const FORM =
  /^\s*(INSERT|UPDATE|DELETE|REPLACE|CREATE|ALTER|DROP)(?:\s+OR\s+\w+)?(?:\s+(?:INTO|FROM|TABLE|INDEX))?\s+(\w+)/i;

/** What a statement writes, as `INSERT deliveries`; null = it only reads. */
export function writeOf(statement: string): string | null {
  const found = FORM.exec(statement);
  return found ? `${found[1]?.toUpperCase()} ${found[2]}` : null;
}

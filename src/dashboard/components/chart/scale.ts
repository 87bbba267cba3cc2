/** The top of a scale whose three lines are whole: at least 3. */
export function niceTop(most: number): number {
  const least = Math.max(3, most);
  const unit = 10 ** Math.floor(Math.log10(least));
  const steps = [1.5, 3, 6, 9, 12, 15].map((step) => step * unit);
  return steps.find((step) => step >= least && Number.isInteger(step / 3)) ?? 15 * unit;
}

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", hourCycle: "h23", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const BOTH = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  hourCycle: "h23",
  minute: "2-digit",
});

/** "14:00" within a day, "24 Nov" beyond it; whole = both. */
export function momentText(at: string, window: string, isWhole = false): string {
  if (at === "") return "";
  const isLong = window === "7d" || window === "30d";
  const format = isWhole ? (isLong ? BOTH : CLOCK) : isLong ? DAY : CLOCK;
  return format.format(Date.parse(at));
}

/** How a delivery stands in the strip; `head` is the lowest pending one of a strict order, while it is retried. */
export type StripState = "delivered" | "pending" | "retrying" | "head" | "dead" | "canceled" | "missed";

const CLASSES: Record<StripState, string> = {
  delivered: "ok",
  pending: "wait",
  retrying: "warn",
  head: "warn head",
  dead: "bad",
  canceled: "mute",
  missed: "miss",
};

/** Our mark, literally: one bar a sequence, in order. `label` tells the counts. */
export function SequenceStrip({
  label,
  states,
  isSmall,
}: {
  label: string;
  states: readonly StripState[];
  isSmall?: boolean;
}) {
  return (
    <div className={isSmall ? "strip mini" : "strip long"} role="img" aria-label={label}>
      {states.map((state, place) => (
        <i key={place} className={CLASSES[state]} />
      ))}
    </div>
  );
}

import type { MouseEvent } from "react";

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

interface SequenceStripProps {
  /** Tells the counts. */
  label: string;
  states: readonly StripState[];
  isSmall?: boolean;
  /** What a bar is, on hover. */
  titleOf?(place: number): string;
  /** A bar was clicked. */
  onOpen?(place: number): void;
}

/** Our mark, literally: one bar a sequence, in order. */
export function SequenceStrip({ label, states, isSmall, titleOf, onOpen }: SequenceStripProps) {
  const open = ({ target }: MouseEvent<HTMLElement>) => {
    const place = (target as HTMLElement).dataset.place;
    if (place !== undefined) onOpen?.(Number(place));
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: it is a picture; what it opens stands in the table below it, with the keyboard
    <div
      className={`strip ${isSmall ? "mini" : "long"}${onOpen ? " opens" : ""}`}
      role="img"
      aria-label={label}
      onClick={onOpen && open}
    >
      {states.map((state, place) => (
        <i key={place} className={CLASSES[state]} title={titleOf?.(place)} data-place={place} />
      ))}
    </div>
  );
}

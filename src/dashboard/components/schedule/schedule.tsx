import type { ReactNode } from "react";
import { Glyph, LOOKS, type State } from "../glyph/glyph.tsx";
import styles from "./schedule.module.css";

export interface Stop {
  key: number;
  title: string;
  state: State;
  isMade: boolean;
  /** The last that was made: the line behind it is still to be gone. */
  isLast: boolean;
  isCurrent: boolean;
  /** Written on the line to the next one. */
  gap: string | null;
  result: ReactNode;
  time: ReactNode;
}

/** Attempts made and to come, one stop each. */
export function Schedule({ label, stops }: { label: string; stops: readonly Stop[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by the keyboard too
    <ol className={styles.schedule} tabIndex={0} aria-label={label}>
      {stops.map(({ key, title, state, isMade, isLast, isCurrent, gap, result, time }) => (
        <li
          key={key}
          className={[isMade ? `${styles.done} ${LOOKS[state].tone}` : styles.todo, isLast && styles.last]
            .filter(Boolean)
            .join(" ")}
          data-gap={gap ?? undefined}
          aria-current={isCurrent ? "step" : undefined}
        >
          <Glyph state={state} />
          <b>{title}</b>
          <span className="num">{result}</span>
          <span className="num faint">{time}</span>
        </li>
      ))}
    </ol>
  );
}

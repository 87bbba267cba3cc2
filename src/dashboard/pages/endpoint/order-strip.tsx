import type { CSSProperties } from "react";
import { useLocation } from "wouter";
import type { Delivery } from "../../../sdk/client/index.ts";
import { Glyph, type State } from "../../components/glyph/glyph.tsx";
import { SequenceStrip, type StripState } from "../../components/strip/strip.tsx";
import { numberText, sequenceText } from "../../text/format.ts";
import { text } from "../../text/text.ts";
import { deliveryHref } from "../deliveries/rows.tsx";
import { stateOf } from "../deliveries/state.ts";
import styles from "./order.module.css";

const t = text.order;

const LEGEND: [keyof typeof t.legend, State][] = [
  ["ok", "delivered"],
  ["bad", "dead"],
  ["mute", "canceled"],
  ["warn", "retrying"],
  ["wait", "pending"],
];

/** So many bars fill the page's width. */
const FILLS = 80;

/** Fewer bars are narrower than the names of both ends: one line says from where to where they go. */
const NAMES_ENDS = 24;

/** The head's name stands below its bar where that is so far from an end, as a part of the whole. */
const EDGE = 0.12;

/** A name below a bar, and the first one's, take so many bars to its left. */
const BARS_OF_NAME = 8;

interface OrderStripProps {
  /** Lowest sequence first. */
  rows: readonly Delivery[];
  /** The head of a strict order. */
  head: Delivery | null;
  /** How many are pending in all. */
  depth: number;
}

/** Sequences around the head, coloured by state: what ended before it, and what waits behind it. */
export function OrderStrip({ rows, head, depth }: OrderStripProps) {
  const [, navigate] = useLocation();
  const states = rows.map((row): StripState => (row.id === head?.id ? "head" : (stateOf(row) as StripState)));
  const counts = [...Map.groupBy(states, (state) => state)].map(([state, { length }]) =>
    t.counted(numberText(length), state),
  );
  const [first, last] = [rows[0], rows.at(-1)];
  const shown = rows.filter(({ status }) => status === "pending").length;
  const at = (rows.findIndex(({ id }) => id === head?.id) + 0.5) / rows.length;
  const isHeadNamed = head !== null && at >= EDGE && at <= 1 - 2 * EDGE;
  const namesEnds = rows.length >= NAMES_ENDS;
  const more = last?.status === "pending" ? Math.max(0, depth - shown) : 0;
  return (
    <div className={styles.orderStrip}>
      <div className="row wrap">
        <h3 className="push">{t.sequence}</h3>
        <div className="legend">
          {LEGEND.map(([name, state]) => (
            <span key={name}>
              <Glyph state={state} />
              {t.legend[name]}
            </span>
          ))}
        </div>
      </div>
      <div
        className={rows.length < FILLS ? styles.few : undefined}
        data-names-ends={namesEnds}
        style={{ "--bars": rows.length } as CSSProperties}
      >
        <SequenceStrip
          label={t.stripLabel(counts.join(", "))}
          states={states}
          titleOf={(place) => {
            const row = rows[place];
            return row === undefined ? "" : `${sequenceText(row.sequence)} ${text.states[stateOf(row)]}`;
          }}
          onOpen={(place) => {
            const row = rows[place];
            if (row !== undefined) navigate(deliveryHref(row));
          }}
        />
        {namesEnds ? (
          <div className={styles.stripScale}>
            <span>
              {!(isHeadNamed && at * rows.length < BARS_OF_NAME) && sequenceText(first?.sequence ?? 1)}
            </span>
            {isHeadNamed && (
              <b className={styles.atHead} style={{ left: `${100 * at}%` }}>
                {t.headAt(sequenceText(head.sequence))}
              </b>
            )}
            <span>
              {sequenceText(last?.sequence ?? 1)}
              {more > 0 && t.thenMore(more)}
            </span>
          </div>
        ) : (
          <div className={styles.stripScale}>
            <span>
              {t.fromTo(sequenceText(first?.sequence ?? 1), sequenceText(last?.sequence ?? 1))}
              {more > 0 && t.thenMore(more)}
            </span>
          </div>
        )}
      </div>
    </div>
  );
}

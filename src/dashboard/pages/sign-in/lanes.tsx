import { SequenceStrip, type StripState } from "../../components/strip/strip.tsx";
import styles from "./sign-in.module.css";

const delivered = (count: number): StripState[] => Array.from({ length: count }, () => "delivered");
const of = (state: StripState, count: number): StripState[] => Array.from({ length: count }, () => state);

const LANES: { name: string; tells: string; states: StripState[] }[] = [
  {
    name: "billing.northwind.example",
    tells: "#4,812 waits, 318 behind it",
    states: [...delivered(34), "canceled", ...delivered(6), "head", ...of("pending", 14)],
  },
  { name: "etl.northwind.example", tells: "12,431 delivered today", states: delivered(56) },
  {
    name: "api.halden.example",
    tells: "missed since 09:12, answer 410",
    states: [...delivered(38), "dead", ...delivered(3), ...of("missed", 14)],
  },
];

/** What somebody who has not been here will see: order, and its reasons. */
export function Lanes() {
  return (
    <aside aria-label="What you will see">
      <div className={styles.lanes}>
        <h2>Every delivery, in order, with its reason.</h2>
        {LANES.map(({ name, tells, states }) => (
          <div key={name}>
            <div className="row">
              <b className="cut grow">{name}</b>
              <span className="faint num">{tells}</span>
            </div>
            <SequenceStrip label={`${name}: ${tells}`} states={states} />
          </div>
        ))}
      </div>
    </aside>
  );
}

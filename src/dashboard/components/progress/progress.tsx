import { text } from "../../text/text.ts";

/** Done of total, in text and as a bar. `total`: as it was counted when it began, it may have grown since. */
export function Progress({ done, total: counted, detail }: { done: number; total: number; detail?: string }) {
  const total = Math.max(done, counted);
  const label = text.deliveries.bulk.progress(done, total);
  return (
    <div className="stack close">
      <div className="row">
        <b className="num grow">{label}</b>
        {detail && <span className="faint num">{detail}</span>}
      </div>
      <progress value={done} max={Math.max(1, total)} aria-label={label} />
    </div>
  );
}

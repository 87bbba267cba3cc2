import type { Replay } from "../../../sdk/client/index.ts";
import { Plain } from "../../components/code/code.tsx";
import { ClockTime } from "../../components/time/time.tsx";
import { durationText } from "../../text/format.ts";
import { text } from "../../text/text.ts";

const t = text.replays;

/** What a replay would take: how many, from when to when, how long, and the first of them. */
export function ReplayPreview({ of: { total, endpoints, preview } }: { of: Replay }) {
  if (total === 0) return <p>{t.nothing}</p>;
  return (
    <div className="stack close">
      <p>
        <b>{t.preview(total, endpoints)}</b>{" "}
        {preview !== null &&
          preview.estimated_seconds >= 1 &&
          t.takes(durationText(preview.estimated_seconds))}
      </p>
      {preview?.first_accepted_at != null && preview.last_accepted_at !== null && (
        <p className="muted">
          {t.acceptedFrom} <ClockTime at={preview.first_accepted_at} /> {t.acceptedTo}{" "}
          <ClockTime at={preview.last_accepted_at} />.
        </p>
      )}
      {preview !== null && preview.sample.length > 0 && (
        <>
          <h3>{text.deliveries.bulk.sample}</h3>
          <ul className="stack close">
            {preview.sample.map(({ event_id, endpoint_id, type, id }) => (
              <li key={`${event_id} ${endpoint_id}`} className="row">
                <span className="mono cut strong">{type}</span>
                <span className="mono cut faint">
                  <Plain of={id} />
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

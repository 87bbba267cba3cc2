import { Link, useLocation, useSearch } from "wouter";
import type { EventSummary } from "../../../sdk/client/index.ts";
import { Plain } from "../../components/code/code.tsx";
import { useSelection } from "../../components/table/selection.ts";
import { Time } from "../../components/time/time.tsx";
import { text } from "../../text/text.ts";

const t = text.events;

/** Events, newest first. `excerpt`: what a search found in one. */
export function EventTable({
  rows,
  chosen,
}: {
  rows: readonly (EventSummary & { excerpt?: string | null })[];
  chosen: string | null;
}) {
  const search = useSearch();
  const [, navigate] = useLocation();
  const selection = useSelection(
    rows,
    ({ event_id }) => event_id,
    ({ event_id }) => navigate(eventHref(event_id, search)),
  );
  return (
    <div className="table-wrap">
      <table>
        <thead>
          <tr>
            <th scope="col">{t.columns.type}</th>
            <th scope="col" className="hide-s">
              {t.columns.went}
            </th>
            <th scope="col" className="right">
              {t.columns.accepted}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ event_id, id, type, endpoints, accepted_at, excerpt }, index) => (
            <tr
              key={event_id}
              aria-selected={event_id === chosen}
              className={selection.cursor === index ? "cursor" : undefined}
            >
              <td className="wide">
                <div className="two">
                  <Link className="mono cut" href={eventHref(event_id, search)}>
                    {type}
                  </Link>
                  <small className="mono cut">{excerpt == null ? id : <Plain of={excerpt} />}</small>
                </div>
              </td>
              <td className="hide-s muted num">{t.wentTo(endpoints)}</td>
              <td className="right num muted">
                <Time at={accepted_at} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** An event beside the list as it is filtered now. */
function eventHref(id: string, search: string): string {
  return `/events/${encodeURIComponent(id)}${search === "" ? "" : `?${search}`}`;
}

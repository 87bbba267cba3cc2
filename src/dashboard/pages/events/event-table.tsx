import { Link, useLocation, useSearch } from "wouter";
import type { EventSummary } from "../../../sdk/client/index.ts";
import { Plain } from "../../components/code/code.tsx";
import { ChoiceTable } from "../../components/table/table.tsx";
import { Time } from "../../components/time/time.tsx";
import { text } from "../../text/text.ts";

const t = text.events;

const COLUMNS = [
  { title: t.columns.type },
  { title: t.columns.went, className: "hide-s" },
  { title: t.columns.accepted, className: "right" },
];

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
  return (
    <ChoiceTable
      columns={COLUMNS}
      rows={rows}
      idOf={({ event_id }) => event_id}
      chosen={chosen}
      onChoose={({ event_id }) => navigate(eventHref(event_id, search))}
      cells={({ event_id, id, type, endpoints, accepted_at, excerpt }) => (
        <>
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
        </>
      )}
    />
  );
}

/** An event beside the list as it is filtered now. */
function eventHref(id: string, search: string): string {
  return `/events/${encodeURIComponent(id)}${search === "" ? "" : `?${search}`}`;
}

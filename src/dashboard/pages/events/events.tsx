import { Send } from "lucide-react";
import { useMemo, useState } from "react";
import { Link, useLocation, useParams } from "wouter";
import type { EventSummary } from "../../../sdk/client/index.ts";
import { useEvents } from "../../api/events.ts";
import { useCurrentKey } from "../../api/key.ts";
import { Button } from "../../components/button/button.tsx";
import { FilterBar, SearchField } from "../../components/filters/filter-bar.tsx";
import { PageHead } from "../../components/page-head/page-head.tsx";
import { Empty, LoadError, Skeleton } from "../../components/states/states.tsx";
import { useSelection } from "../../components/table/selection.ts";
import { Time } from "../../components/time/time.tsx";
import { useSearchState } from "../../search/search-state.ts";
import { text } from "../../text/text.ts";
import { rangeStart } from "../deliveries/filter.ts";
import { EventDetail } from "./event-detail.tsx";
import { SendDialog } from "./send-dialog.tsx";

const t = text.events;

/** The events of the workspace, and what one of them carried. */
export function Events() {
  const { id = null } = useParams<{ id?: string }>();
  const key = useCurrentKey();
  const [state, change] = useSearchState();
  const [, navigate] = useLocation();
  const [isSending, setIsSending] = useState(state.send !== undefined);
  const filterKey = JSON.stringify([state.type, state.tag, state.time]);
  const query = useMemo(
    () => ({
      ...(state.type !== undefined && { type: state.type }),
      ...(state.tag !== undefined && { tag: state.tag }),
      ...rangeStart(state.time, Date.now()),
    }),
    [filterKey],
  );
  const events = useEvents(query);
  const rows = events.data?.pages.flatMap(({ data }) => data) ?? [];
  const isFiltered = Object.keys(query).length > 0;
  const maySend = key.data?.role === "admin" || key.data?.role === "publisher";
  const chosen = id ?? rows[0]?.event_id ?? null;
  return (
    <>
      <PageHead title={t.title}>
        {maySend && (
          <Button kind="primary" icon={Send} onClick={() => setIsSending(true)}>
            {t.send}
          </Button>
        )}
      </PageHead>
      <FilterBar
        kinds={[
          { name: "type", title: t.filters.type, hint: text.deliveries.filters.typeHint },
          { name: "tag", title: t.filters.tag, hint: t.tagHint },
          {
            name: "time",
            title: t.filters.time,
            options: Object.entries(text.deliveries.ranges).map(([value, title]) => ({ value, title })),
          },
        ]}
        state={state}
        onChange={change}
      >
        <SearchField
          label={t.search}
          hint={t.searchHint}
          value=""
          onSearch={(found) => {
            if (found !== "") navigate(`/events/${encodeURIComponent(found)}`);
          }}
        />
      </FilterBar>
      <div className="cols split">
        <section className="card" aria-label={t.title}>
          {events.isPending && <Skeleton lines={10} />}
          {events.isError && <LoadError what={t.what} error={events.error} retry={() => events.refetch()} />}
          {events.isSuccess && rows.length === 0 && (
            <Empty title={isFiltered ? t.noMatchTitle : t.emptyTitle}>
              {isFiltered ? t.noMatch : t.empty}
            </Empty>
          )}
          {rows.length > 0 && <EventTable rows={rows} chosen={chosen} />}
          {events.hasNextPage && (
            <footer>
              <Button isBusy={events.isFetchingNextPage} onClick={() => events.fetchNextPage()}>
                {text.actions.more}
              </Button>
            </footer>
          )}
        </section>
        {chosen === null ? (
          <section className="card" aria-label={t.whatOne}>
            <Empty title={t.whatOne}>{t.chosen}</Empty>
          </section>
        ) : (
          <EventDetail key={chosen} id={chosen} />
        )}
      </div>
      {isSending && (
        <SendDialog
          type={state.send === "1" ? undefined : state.send}
          onClose={() => {
            setIsSending(false);
            change({ send: undefined });
          }}
        />
      )}
    </>
  );
}

function EventTable({ rows, chosen }: { rows: readonly EventSummary[]; chosen: string | null }) {
  const [, navigate] = useLocation();
  const selection = useSelection(
    rows,
    ({ event_id }) => event_id,
    ({ event_id }) => navigate(`/events/${event_id}`),
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
          {rows.map(({ event_id, id, type, endpoints, accepted_at }, index) => (
            <tr
              key={event_id}
              aria-selected={event_id === chosen}
              className={selection.cursor === index ? "cursor" : undefined}
            >
              <td className="wide">
                <div className="two">
                  <Link className="mono cut" href={`/events/${event_id}`}>
                    {type}
                  </Link>
                  <small className="mono cut">{id}</small>
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

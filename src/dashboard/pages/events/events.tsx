import { Send } from "lucide-react";
import { useMemo, useState } from "react";
import { useLocation, useParams } from "wouter";
import type { EventSearch } from "../../../sdk/client/index.ts";
import { useEvents } from "../../api/events.ts";
import { useCurrentKey } from "../../api/key.ts";
import { Button } from "../../components/button/button.tsx";
import { FilterBar, SearchField } from "../../components/filters/filter-bar.tsx";
import { PageHead } from "../../components/page-head/page-head.tsx";
import { Empty } from "../../components/states/states.tsx";
import { ListCard } from "../../components/table/list-card.tsx";
import { Choice } from "../../components/tabs/tabs.tsx";
import { useSearchState } from "../../search/search-state.ts";
import { text } from "../../text/text.ts";
import { rangeStart } from "../deliveries/filter.ts";
import { EventDetail } from "./event-detail.tsx";
import { EventSearchResult } from "./event-search.tsx";
import { EventTable } from "./event-table.tsx";
import { SendDialog } from "./send-dialog.tsx";

const t = text.events;

const EVENT_ID = /^evt_\w{20,}$/;

/** What only an expression has. Whoever means the text can say so. */
const CEL = /\s(?:[=!<>]=|[<>]|&&|\|\||in)\s|\w\(/;

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
  const search = useMemo((): EventSearch | null => {
    if (state.q === undefined) return null;
    return {
      ...(state.by === "cel" ? { filter: state.q } : { text: state.q }),
      ...(state.type !== undefined && { types: [state.type] }),
      ...rangeStart(state.time, Date.now()),
    };
  }, [filterKey, state.q, state.by]);
  const events = useEvents(query);
  const rows = events.data?.pages.flatMap(({ data }) => data) ?? [];
  const isFiltered = Object.keys(query).length > 0;
  const maySend = key.data?.role === "admin" || key.data?.role === "publisher";
  const chosen = id ?? (search === null ? (rows[0]?.event_id ?? null) : null);
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
          ...(search === null ? [{ name: "tag", title: t.filters.tag, hint: t.tagHint }] : []),
          { name: "id", title: t.filters.id, hint: t.idHint },
          {
            name: "time",
            title: t.filters.time,
            options: Object.entries(text.deliveries.ranges).map(([value, title]) => ({ value, title })),
          },
        ]}
        state={state}
        onChange={(changed) => {
          // An id is no filter: it is one event.
          if (changed.id === undefined) change(changed);
          else navigate(`/events/${encodeURIComponent(changed.id)}`);
        }}
      >
        <SearchField
          label={t.search}
          hint={t.searchHint}
          value={state.q ?? ""}
          onSearch={(found) => {
            if (EVENT_ID.test(found)) navigate(`/events/${found}`);
            else change({ q: found || undefined, by: found !== "" && CEL.test(found) ? "cel" : undefined });
          }}
        />
        {search !== null && (
          <Choice
            isSmall
            label={t.searchAs}
            selected={state.by === "cel" ? "cel" : "text"}
            onSelect={(by) => change({ by: by === "cel" ? "cel" : undefined })}
            options={[
              { name: "text", title: t.asText },
              { name: "cel", title: t.asCel },
            ]}
          />
        )}
      </FilterBar>
      <div className="cols split">
        {search !== null ? (
          <EventSearchResult key={JSON.stringify(search)} search={search} chosen={id} />
        ) : (
          <ListCard
            title={t.title}
            of={events}
            what={t.what}
            isEmpty={rows.length === 0}
            empty={
              isFiltered ? { title: t.noMatchTitle, text: t.noMatch } : { title: t.emptyTitle, text: t.empty }
            }
            lines={10}
          >
            <EventTable rows={rows} chosen={chosen} />
          </ListCard>
        )}
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

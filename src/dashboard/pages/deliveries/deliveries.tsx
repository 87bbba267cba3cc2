import { useQueryClient } from "@tanstack/react-query";
import { ArrowUp, Pause, Play } from "lucide-react";
import { type ReactNode, useCallback, useMemo, useRef, useState } from "react";
import { useLocation } from "wouter";
import type { Delivery, Endpoint } from "../../../sdk/client/index.ts";
import { refreshDeliveries, useDeliveries } from "../../api/deliveries.ts";
import { useEndpoints } from "../../api/endpoints.ts";
import { useMayWrite } from "../../api/key.ts";
import { useLiveNewest } from "../../api/tail.ts";
import { Button } from "../../components/button/button.tsx";
import { Icon } from "../../components/button/icon.tsx";
import { FilterBar, SearchField } from "../../components/filters/filter-bar.tsx";
import { PageHead } from "../../components/page-head/page-head.tsx";
import { ListCard } from "../../components/table/list-card.tsx";
import type { RowList } from "../../components/table/row-list.ts";
import { useSelection } from "../../components/table/selection.ts";
import { selectColumn, Table } from "../../components/table/table.tsx";
import { VirtualRows } from "../../components/table/virtual-rows.tsx";
import { toast } from "../../components/toast/toast.tsx";
import { useSearchState } from "../../search/search-state.ts";
import { useAtlas } from "../../session/session.ts";
import { useKeys } from "../../shell/keys.ts";
import { numberText, sequenceText } from "../../text/format.ts";
import { text } from "../../text/text.ts";
import { copyCurl } from "../delivery/curl.ts";
import { BulkBar } from "./bulk-bar.tsx";
import { filterOf, kindsOf } from "./filter.ts";
import { useLiveRows } from "./live.ts";
import { DeliveryRow, deliveryHref } from "./rows.tsx";

const t = text.deliveries;

/** The deliveries of all endpoints. */
export function Deliveries() {
  const [isPaused, setIsPaused] = useState(false);
  const head = (isLoaded: boolean) => (
    <PageHead title={t.title}>
      {isLoaded && (
        <>
          <span className="row muted" aria-live="polite">
            {!isPaused && <span className="dot beat" />}
            {isPaused ? t.paused : t.live}
          </span>
          <Button kind="quiet" icon={isPaused ? Play : Pause} onClick={() => setIsPaused(!isPaused)}>
            {isPaused ? t.resumeLive : t.pauseLive}
          </Button>
        </>
      )}
    </PageHead>
  );
  return <DeliveryList head={head} isPaused={isPaused} />;
}

interface DeliveryListProps {
  /** Absent = those of all. */
  endpoint?: Endpoint;
  isPaused?: boolean;
  /** What stands above it. */
  head?(isLoaded: boolean): ReactNode;
}

/** Deliveries with their filters: of the workspace, or of one endpoint. */
export function DeliveryList({ endpoint, isPaused = false, head }: DeliveryListProps) {
  const [state, change] = useSearchState();
  const endpoints = useEndpoints({ limit: 200 });
  const byId = useMemo(
    () => new Map(endpoints.data?.pages.flatMap(({ data }) => data).map((one) => [one.id, one])),
    [endpoints.data],
  );
  const key = JSON.stringify([state, endpoint?.id]);
  const filter = useMemo(() => filterOf(state, endpoint?.id, Date.now()), [key]);
  const pages = useDeliveries(filter);
  const newest = useLiveNewest(filter, pages.isSuccess);
  const loaded = useMemo(() => pages.data?.pages.map(({ data }) => data) ?? [], [pages.data]);
  const live = useLiveRows(key, loaded, newest.data?.data, isPaused);
  const isFiltered = Object.keys(filter).some((name) => name !== "endpoint_id" || endpoint === undefined);

  return (
    <>
      {head?.(pages.isSuccess)}
      <FilterBar
        kinds={kindsOf(endpoint === undefined ? [...byId.values()] : null)}
        state={state}
        onChange={change}
      >
        <SearchField
          label={t.search}
          hint={t.searchHint}
          value={state.event ?? ""}
          onSearch={(event) => change({ event: event || undefined })}
        />
      </FilterBar>
      <ListCard
        title={t.title}
        of={{ ...pages, hasNextPage: false }}
        what={t.what}
        isEmpty={live.rows.length === 0}
        empty={
          isFiltered
            ? {
                title: t.noMatchTitle,
                text: t.noMatch,
                actions: (
                  <Button
                    onClick={() =>
                      change(Object.fromEntries(Object.keys(state).map((name) => [name, undefined])))
                    }
                  >
                    {text.actions.clear}
                  </Button>
                ),
              }
            : { title: t.emptyTitle, text: t.empty }
        }
        lines={12}
      >
        <DeliveryTable
          rows={live.rows}
          fresh={live.fresh}
          waiting={live.waiting}
          onShow={() => {
            window.scrollTo({ top: 0 });
            live.show();
          }}
          endpoints={endpoint === undefined ? byId : new Map([[endpoint.id, endpoint]])}
          hasEndpoint={endpoint === undefined}
          filter={filter}
          hasMore={pages.hasNextPage}
          onNearEnd={() => {
            if (pages.hasNextPage && !pages.isFetchingNextPage) void pages.fetchNextPage();
          }}
        />
      </ListCard>
    </>
  );
}

interface DeliveryTableProps {
  rows: RowList<Delivery>;
  fresh: ReadonlySet<string>;
  waiting: number;
  onShow(): void;
  endpoints: ReadonlyMap<string, Endpoint>;
  hasEndpoint: boolean;
  filter: ReturnType<typeof filterOf>;
  hasMore: boolean;
  onNearEnd(): void;
}

function DeliveryTable({
  rows,
  fresh,
  waiting,
  onShow,
  endpoints,
  hasEndpoint,
  filter,
  hasMore,
  onNearEnd,
}: DeliveryTableProps) {
  const [, navigate] = useLocation();
  const selection = useSelection(
    rows,
    ({ id }) => id,
    (row) => navigate(deliveryHref(row)),
  );
  useRowActions(selection.cursor === null ? undefined : rows.at(selection.cursor));
  const toggle = useStable(selection.toggle);
  const columns = [
    selectColumn(t.selectAll, selection),
    { title: t.columns.sequence, className: "hide-s" },
    { title: t.columns.type },
    ...(hasEndpoint ? [{ title: t.columns.endpoint, className: "hide-s hide-l" }] : []),
    { title: t.columns.status },
    { title: t.columns.attempts, className: "right hide-s" },
    { title: t.columns.answer, className: "hide-m" },
    { title: t.columns.latency, className: "right hide-m" },
    { title: t.columns.age, className: "right" },
  ];
  return (
    <>
      {waiting > 0 && (
        <button className="live bar" type="button" onClick={onShow}>
          <Icon of={ArrowUp} />
          {t.newRows(waiting)}
        </button>
      )}
      <Table columns={columns} rowCount={hasMore ? -1 : rows.length + 1}>
        <VirtualRows
          rows={rows}
          columns={columns.length}
          cursor={selection.cursor}
          onNearEnd={onNearEnd}
          render={(row, index) => (
            <DeliveryRow
              key={row.id}
              delivery={row}
              endpoint={endpoints.get(row.endpoint_id)}
              hasEndpoint={hasEndpoint}
              index={index}
              isSelected={selection.isSelected(row)}
              isCursor={selection.cursor === index}
              isFresh={fresh.has(row.id)}
              onToggle={toggle}
            />
          )}
        />
      </Table>
      {selection.selected.size > 0 && (
        <BulkBar selected={[...selection.selected.values()]} filter={filter} onClear={selection.clear} />
      )}
      <footer className="row">
        <span className="num" title={numberText(rows.length)}>
          {hasMore ? t.shown(rows.length) : t.all(rows.length)}
        </span>
        <span className="grow" />
        <span className="hide-m row">
          <kbd>j</kbd>
          <kbd>k</kbd> {t.keys.move} <kbd>Enter</kbd> {t.keys.open} <kbd>r</kbd> {t.keys.retry} <kbd>c</kbd>{" "}
          {t.keys.curl} <kbd>?</kbd> {t.keys.all}
        </span>
      </footer>
    </>
  );
}

/** r retries the row at the cursor, c copies it as curl. */
function useRowActions(row: Delivery | undefined): void {
  const atlas = useAtlas();
  const mayWrite = useMayWrite();
  const queries = useQueryClient();
  const tell = (title: string, state: "delivered" | "canceled", detail?: string) =>
    toast({ state, title, detail, ...(row && { href: deliveryHref(row) }) });
  useKeys({
    r: () => {
      if (row === undefined || !mayWrite) return false;
      const sequence = sequenceText(row.sequence);
      atlas.endpoints.retry(row.endpoint_id, row.id).then(
        () => {
          tell(t.retried(sequence), "delivered");
          refreshDeliveries(queries);
        },
        (error: Error) => tell(t.notDone(sequence), "canceled", error.message),
      );
      return undefined;
    },
    c: () => {
      if (row === undefined) return false;
      const sequence = sequenceText(row.sequence);
      copyCurl(atlas, row).then(
        () => tell(t.copied(sequence), "delivered", text.delivery.curlMasked),
        (error: Error) => tell(t.notDone(sequence), "canceled", error.message),
      );
      return undefined;
    },
  });
}

/** A function that stays the same through all renderings, so that rows which did not change are not rendered again. */
function useStable<Given extends unknown[]>(called: (...given: Given) => void): (...given: Given) => void {
  const current = useRef(called);
  current.current = called;
  return useCallback((...given: Given) => current.current(...given), []);
}

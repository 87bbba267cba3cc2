import { Play, Square } from "lucide-react";
import { useEffect, useState } from "react";
import type { EventSearch } from "../../../sdk/client/index.ts";
import { useEventSearch } from "../../api/events.ts";
import { Button } from "../../components/button/button.tsx";
import { Empty, LoadError, Skeleton } from "../../components/states/states.tsx";
import { ClockTime } from "../../components/time/time.tsx";
import { text } from "../../text/text.ts";
import { EventTable } from "./event-table.tsx";

const t = text.events;

/** Once so many were found it waits for somebody who wants more. */
const ENOUGH = 200;

/** Events that a search finds, as it finds them, with how much was scanned for it; it can be stopped and goes on. */
export function EventSearchResult({ search, chosen }: { search: EventSearch; chosen: string | null }) {
  const result = useEventSearch(search);
  const [goal, setGoal] = useState(ENOUGH);
  const pages = result.data?.pages ?? [];
  const rows = pages.flatMap(({ data }) => data);
  const events = pages.reduce((sum, { scanned }) => sum + scanned.events, 0);
  const to = pages.at(-1)?.scanned.to ?? null;
  const { hasNextPage, isFetching, isError, fetchNextPage } = result;
  const isRunning = rows.length < goal && (isFetching || hasNextPage) && !isError;
  useEffect(() => {
    if (isRunning && hasNextPage && !isFetching) void fetchNextPage();
  }, [isRunning, hasNextPage, isFetching, fetchNextPage]);
  return (
    <section className="card" aria-label={t.title}>
      {(pages.length > 0 || !isError) && (
        <header>
          <p className="muted num grow" aria-live="polite">
            {t.scanned(events, rows.length)}
            {to !== null && (
              <>
                , {t.scannedTo} <ClockTime at={to} />
              </>
            )}
          </p>
          {isRunning ? (
            <Button isSmall icon={Square} onClick={() => setGoal(0)}>
              {t.stop}
            </Button>
          ) : (
            hasNextPage && (
              <Button isSmall icon={Play} onClick={() => setGoal(rows.length + ENOUGH)}>
                {t.goOn}
              </Button>
            )
          )}
        </header>
      )}
      {isRunning && <progress aria-label={t.searching} />}
      {isError && <LoadError what={t.what} error={result.error} retry={() => result.refetch()} />}
      {rows.length > 0 && <EventTable rows={rows} chosen={chosen} />}
      {rows.length === 0 && isRunning && <Skeleton lines={6} />}
      {rows.length === 0 && !isRunning && !isError && <Empty title={t.noneFoundTitle}>{t.noneFound}</Empty>}
      {rows.length > 0 && !hasNextPage && !isRunning && <footer className="faint">{t.scannedAll}</footer>}
    </section>
  );
}

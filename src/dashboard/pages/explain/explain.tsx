import { type FormEvent, useState } from "react";
import { Link, useLocation, useParams } from "wouter";
import type { Endpoint, EventExplanation, EventForecast } from "../../../sdk/client/index.ts";
import { useEndpoints } from "../../api/endpoints.ts";
import { useExplanation, useForecast } from "../../api/events.ts";
import { Button } from "../../components/button/button.tsx";
import { PageHead } from "../../components/page-head/page-head.tsx";
import { Empty, LoadError, Skeleton } from "../../components/states/states.tsx";
import { Choice } from "../../components/tabs/tabs.tsx";
import { text } from "../../text/text.ts";
import { Forecast, Verdict } from "./verdict.tsx";

const t = text.explain;

type About = "id" | "json";

/** Per endpoint one sentence: what became of an event, or would, and what mends it. */
export function Explain() {
  const { id = null } = useParams<{ id?: string }>();
  const [, navigate] = useLocation();
  const [about, setAbout] = useState<About>("id");
  const [typedId, setTypedId] = useState(id ?? "");
  const [json, setJson] = useState("");
  const [asked, setAsked] = useState<string | null>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (about === "id") navigate(`/explain/${encodeURIComponent(typedId.trim())}`);
    else setAsked(json.trim());
  };
  return (
    <>
      <PageHead title={t.title} lead={t.lead} />
      <form className="card" onSubmit={submit}>
        <div className="body stack close">
          <div className="row wrap">
            <Choice<About>
              label={t.about}
              options={[
                { name: "id", title: t.byId },
                { name: "json", title: t.byJson },
              ]}
              selected={about}
              onSelect={setAbout}
            />
            {about === "id" && (
              <input
                className="input mono grow wide-field"
                aria-label={t.byId}
                placeholder={t.idHint}
                spellCheck={false}
                value={typedId}
                onChange={({ target }) => setTypedId(target.value)}
              />
            )}
            <Button
              kind="primary"
              type="submit"
              disabled={about === "id" ? typedId.trim() === "" : json.trim() === ""}
            >
              {t.explain}
            </Button>
          </div>
          {about === "json" && (
            <textarea
              className="input mono"
              rows={8}
              aria-label={t.byJson}
              placeholder={t.jsonHint}
              spellCheck={false}
              value={json}
              onChange={({ target }) => setJson(target.value)}
            />
          )}
        </div>
        {about === "id" && id !== null && (
          <footer>
            <Link href={`/events/${encodeURIComponent(id)}`}>{t.showEvent}</Link>
          </footer>
        )}
      </form>
      {about === "id" && id !== null && <Explanation id={id} />}
      {about === "json" && asked !== null && <Forecasts event={asked} />}
    </>
  );
}

function Explanation({ id }: { id: string }) {
  const explanation = useExplanation(id);
  return (
    <Verdicts<EventExplanation["data"][number]>
      query={explanation}
      render={(row, endpoint) => <Verdict key={row.endpoint_id} row={row} endpoint={endpoint} eventId={id} />}
    />
  );
}

function Forecasts({ event }: { event: string }) {
  const forecast = useForecast(event);
  return (
    <Verdicts<EventForecast["data"][number]>
      query={forecast}
      render={(row, endpoint) => <Forecast key={row.endpoint_id} row={row} endpoint={endpoint} />}
    />
  );
}

interface VerdictsProps<Row> {
  query: {
    isPending: boolean;
    isError: boolean;
    error: unknown;
    data?: { pages: { data: Row[] }[] } | undefined;
    hasNextPage: boolean;
    isFetchingNextPage: boolean;
    fetchNextPage(): unknown;
    refetch(): unknown;
  };
  render(row: Row, endpoint: Endpoint | undefined): React.ReactNode;
}

function Verdicts<Row extends { endpoint_id: string }>({ query, render }: VerdictsProps<Row>) {
  const endpoints = useEndpoints({ limit: 200 });
  const byId = new Map(endpoints.data?.pages.flatMap(({ data }) => data).map((one) => [one.id, one]));
  const rows = query.data?.pages.flatMap(({ data }) => data) ?? [];
  const heading = query.data === undefined ? text.endpoints.title : t.endpoints(rows.length);
  return (
    <section className="card" aria-label={heading} aria-live="polite">
      <header>
        <h2>{heading}</h2>
      </header>
      {query.isPending && <Skeleton lines={6} />}
      {query.isError && <LoadError what={t.what} error={query.error} retry={() => query.refetch()} />}
      {query.data !== undefined && rows.length === 0 && <Empty title={t.endpoints(0)}>{t.none}</Empty>}
      <ul>{rows.map((row) => render(row, byId.get(row.endpoint_id)))}</ul>
      {query.hasNextPage && (
        <footer>
          <Button isBusy={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
            {t.more}
          </Button>
        </footer>
      )}
    </section>
  );
}

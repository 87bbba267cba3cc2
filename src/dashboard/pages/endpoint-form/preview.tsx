import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Atlas, EndpointPreview, Event, NewEndpoint, PreviewAnswer } from "../../../sdk/client/index.ts";
import { typeMatches, useEventTypes, useSample } from "../../api/event-types.ts";
import { useCurrentKey } from "../../api/key.ts";
import { Card } from "../../components/card/card.tsx";
import { Code } from "../../components/code/code.tsx";
import { Glyph } from "../../components/glyph/glyph.tsx";
import { Skeleton, sentenceOf } from "../../components/states/states.tsx";
import { SequenceStrip } from "../../components/strip/strip.tsx";
import { useAtlas, useSession } from "../../session/session.ts";
import { text } from "../../text/text.ts";

const t = text.endpointForm;

/** So many of the newest events are tried; each is one request. */
const TRIED = 30;

/** So many requests at once. */
const AT_ONCE = 5;

/** Conditions are tried once nobody has typed for so long. */
const PAUSE_MS = 500;

interface Tried {
  event: Event;
  answer: PreviewAnswer;
}

/** What the conditions would take of the newest events, and what it looks like on the wire. */
export function Preview({ body }: { body: NewEndpoint }) {
  // A customer's session sees no events but its endpoints' own.
  const mayRead = useCurrentKey().data?.role === "admin";
  return (
    <aside className="stack sticky" aria-label={t.preview}>
      {mayRead && <NewestEvents body={body} />}
      <Wire body={body} />
    </aside>
  );
}

function NewestEvents({ body }: { body: NewEndpoint }) {
  const conditions = useSettled(conditionsOf(body));
  const tried = useTried(conditions);
  return (
    <Card
      title={t.preview}
      aside={
        tried.data && tried.data.length > 0 && <span className="faint">{t.previewOf(tried.data.length)}</span>
      }
    >
      <div className="body stack close" aria-live="polite">
        {tried.isPending && <Skeleton lines={4} />}
        {tried.isError && <p className="error">{sentenceOf(tried.error)}</p>}
        {tried.data?.length === 0 && <p className="muted">{t.noEvents}</p>}
        {tried.data !== undefined && tried.data.length > 0 && <Result tried={tried.data} />}
      </div>
    </Card>
  );
}

function Result({ tried }: { tried: readonly Tried[] }) {
  const taken = tried.filter(({ answer }) => answer.matches);
  const others = tried.filter(({ answer }) => !answer.matches);
  return (
    <>
      <p className="lead">
        <b>{t.wouldTake(taken.length, tried.length)}</b>
      </p>
      <SequenceStrip
        label={t.stripLabel(taken.length, tried.length)}
        states={tried.map(({ answer }) => (answer.matches ? "delivered" : "canceled"))}
      />
      {taken.length > 0 && (
        <div>
          <h3 className="row">
            <Glyph state="delivered" />
            {t.taken}
          </h3>
          <Examples of={taken} />
        </div>
      )}
      {others.length > 0 && (
        <div>
          <h3 className="row">
            <Glyph state="unmatched" />
            {t.notTaken}
          </h3>
          <Examples of={others} />
        </div>
      )}
    </>
  );
}

function Examples({ of }: { of: readonly Tried[] }) {
  return (
    <ul className="muted">
      {of.slice(0, 3).map(({ event, answer }) => (
        <li key={event.event_id} className="row">
          <code className="cut grow strong">{event.type}</code>
          <span className="cut" title={answer.reason ?? undefined}>
            {answer.reason ?? ""}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** The sample of the first type that the endpoint takes. */
function Wire({ body }: { body: NewEndpoint }) {
  const types = useEventTypes();
  const patterns = body.types ?? ["*"];
  const type =
    types.data?.find((one) => patterns.some((pattern) => typeMatches(pattern, one.type)))?.type ?? null;
  const sample = useSample(type, body.dialect ?? "standard");
  if (sample.data === undefined) return null;
  const { method, headers, body: sent } = sample.data;
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return (
    <Card title={t.wire} aside={<code>{type}</code>}>
      <div className="body stack">
        <Code
          of={`${method}\n${lines.join("\n")}`}
          title={text.delivery.headers}
          name={text.delivery.headers}
        />
        <Code of={sent} title={text.delivery.request} name={t.wireOf} isPretty />
      </div>
    </Card>
  );
}

type Conditions = Omit<EndpointPreview, "event">;

function conditionsOf({ types, stages, tags, context, filter }: NewEndpoint): Conditions {
  return {
    types: types && types.length > 0 ? types : ["*"],
    stages: stages ?? [],
    tags: tags ?? [],
    context: context ?? {},
    filter: filter ?? null,
  };
}

/** The value once it has stayed for a while. */
function useSettled<Value>(value: Value): Value {
  const [settled, setSettled] = useState(value);
  const key = JSON.stringify(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [key]);
  return settled;
}

function useTried(conditions: Conditions) {
  const atlas = useAtlas();
  const key = useSession()?.key;
  const events = useQuery({
    queryKey: ["newest events", key],
    queryFn: async ({ signal }) => {
      const { data } = await atlas.events.list({ limit: TRIED }, { signal }).page();
      return inGroups(data, ({ event_id }) => atlas.events.get(event_id, { signal }));
    },
    staleTime: 30_000,
  });
  return useQuery({
    queryKey: ["preview", conditions, events.dataUpdatedAt],
    queryFn: ({ signal }) => inGroups(events.data ?? [], (event) => tryOn(atlas, conditions, event, signal)),
    enabled: events.isSuccess,
    placeholderData: keepPreviousData,
  });
}

async function tryOn(
  atlas: Atlas,
  conditions: Conditions,
  event: Event,
  signal: AbortSignal,
): Promise<Tried> {
  const { type, data, created, tags, context } = event;
  const answer = await atlas.endpoints.preview(
    { ...conditions, event: { type, data, created, tags, context } },
    { signal },
  );
  return { event, answer };
}

/** Maps with so many at once; keeps the order. */
async function inGroups<Given, Made>(
  given: readonly Given[],
  make: (one: Given) => Promise<Made>,
): Promise<Made[]> {
  const made: Made[] = [];
  for (let at = 0; at < given.length; at += AT_ONCE)
    made.push(...(await Promise.all(given.slice(at, at + AT_ONCE).map(make))));
  return made;
}

import type { NewEndpoint, NewestPreviewAnswer } from "../../../sdk/client/index.ts";
import { typeMatches, useEventTypes, useSample } from "../../api/event-types.ts";
import { Card } from "../../components/card/card.tsx";
import { Code, Plain } from "../../components/code/code.tsx";
import { problemsOf } from "../../components/field/problems.ts";
import { Glyph } from "../../components/glyph/glyph.tsx";
import { Skeleton, sentenceOf } from "../../components/states/states.tsx";
import { SequenceStrip } from "../../components/strip/strip.tsx";
import { text } from "../../text/text.ts";
import styles from "./form.module.css";
import { useSettled, type useTried } from "./tried.ts";

const t = text.endpointForm;

type Tried = NewestPreviewAnswer["events"][number];

type TriedQuery = ReturnType<typeof useTried>;

/**
 * What the conditions would take of the newest events, and what it looks like on the wire. `tried`: null = whoever looks may
 * not see them.
 */
export function Preview({ body, tried }: { body: NewEndpoint; tried: TriedQuery | null }) {
  return (
    <aside className="stack sticky" aria-label={t.preview}>
      {tried !== null && <NewestEvents tried={tried} />}
      <Wire body={body} />
    </aside>
  );
}

function NewestEvents({ tried }: { tried: TriedQuery }) {
  const { data } = tried;
  return (
    <Card
      title={t.preview}
      aside={data !== undefined && data.tried > 0 && <span className="faint">{t.previewOf(data.tried)}</span>}
    >
      <div className="body stack close" aria-live="polite">
        {tried.isPending && <Skeleton lines={4} />}
        {tried.isError && <p className="error">{problemOf(tried.error)}</p>}
        {data?.tried === 0 && <p className="muted">{t.noEvents}</p>}
        {data !== undefined && data.tried > 0 && !tried.isError && <Result tried={data.events} />}
      </div>
    </Card>
  );
}

/** What is wrong with a condition, where that is why they could not be tried. */
function problemOf(error: unknown): string {
  const [problem] = problemsOf(error);
  return problem === undefined ? sentenceOf(error) : t.conditionProblem(problem.path, problem.message);
}

function Result({ tried }: { tried: readonly Tried[] }) {
  const taken = tried.filter(({ matches }) => matches);
  const others = tried.filter(({ matches }) => !matches);
  return (
    <>
      <p className="lead">
        <b>{t.wouldTake(taken.length, tried.length)}</b>
      </p>
      <SequenceStrip
        label={t.stripLabel(taken.length, tried.length)}
        states={tried.map(({ matches }) => (matches ? "delivered" : "canceled"))}
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

/** So many of each kind. */
const EXAMPLES = 3;

/** Events of different types come first: they tell more. */
function Examples({ of }: { of: readonly Tried[] }) {
  const firsts = [...new Map(of.toReversed().map((one) => [one.type, one])).values()].reverse();
  const shown = [...firsts, ...of.filter((one) => !firsts.includes(one))].slice(0, EXAMPLES);
  return (
    <ul className={styles.examples}>
      {shown.map(({ event_id, type, excerpt, reason }) => (
        <li key={event_id}>
          <code className="cut strong">{type}</code>
          {reason !== null && <small>{reason}</small>}
          <small className="cut mono faint">
            <Plain of={excerpt} />
          </small>
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
  const options = useSettled(body.dialect_options ?? {});
  const sample = useSample(type, body.dialect ?? "standard", options);
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

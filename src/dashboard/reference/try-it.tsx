import { type FormEvent, useState } from "react";
import { Button } from "../components/button/button.tsx";
import { Card } from "../components/card/card.tsx";
import { Code } from "../components/code/code.tsx";
import { HeaderTable } from "../components/code/header-table.tsx";
import { Field } from "../components/field/field.tsx";
import { statusText } from "../text/format.ts";
import { text } from "../text/text.ts";
import type { Operation, Parameter } from "./document.ts";

const t = text.reference;

/** The key that the dashboard is signed in with, in the same tab. */
const STORED = "atlas.key";

interface Answered {
  title: string;
  headers: Record<string, string>;
  body: string;
}

/** Sends an operation to this service, as it stands in the fields. */
export function TryIt({ of: operation, first }: { of: Operation; first: string | null }) {
  const [key, setKey] = useState(() => sessionStorage.getItem(STORED) ?? "");
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const [body, setBody] = useState(first ?? "");
  const [isBusy, setIsBusy] = useState(false);
  const [answer, setAnswer] = useState<Answered | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setIsBusy(true);
    setProblem(null);
    try {
      setAnswer(await sendRequest(operation, key.trim(), values, first === null ? null : body));
    } catch {
      setProblem(t.unreachable);
    }
    setIsBusy(false);
  };
  if (operation.responses["101"] !== undefined) return <p className="muted">{t.socket}</p>;
  return (
    <Card title={t.tryIt}>
      <form className="body stack" onSubmit={submit}>
        <Field label={t.key} hint={t.keyHint}>
          {(control) => (
            <input
              {...control}
              className="input mono"
              type="password"
              autoComplete="off"
              value={key}
              onChange={({ target }) => setKey(target.value)}
            />
          )}
        </Field>
        {operation.parameters.map(({ name, required = false }) => (
          <Field key={name} label={name}>
            {(control) => (
              <input
                {...control}
                className="input mono"
                required={required}
                spellCheck={false}
                value={values[name] ?? ""}
                onChange={({ target }) => setValues({ ...values, [name]: target.value })}
              />
            )}
          </Field>
        ))}
        {first !== null && (
          <Field label={t.body}>
            {(control) => (
              <textarea
                {...control}
                className="input mono"
                rows={Math.min(18, Math.max(4, body.split("\n").length))}
                spellCheck={false}
                value={body}
                onChange={({ target }) => setBody(target.value)}
              />
            )}
          </Field>
        )}
        <div className="row">
          <Button kind="primary" type="submit" isBusy={isBusy}>
            {t.send}
          </Button>
          {problem !== null && <span className="error">{problem}</span>}
        </div>
        {answer !== null && (
          <div className="stack close" aria-live="polite">
            {answer.body === "" ? (
              <p>
                <b>{answer.title}</b> {t.emptyAnswer}
              </p>
            ) : (
              <Code of={answer.body} title={answer.title} name={answer.title} isPretty />
            )}
            <HeaderTable headers={answer.headers} label={text.delivery.headers} />
          </div>
        )}
      </form>
    </Card>
  );
}

async function sendRequest(
  { method, path, parameters }: Operation,
  key: string,
  values: Readonly<Record<string, string>>,
  body: string | null,
): Promise<Answered> {
  const given = (place: Parameter["in"]) =>
    parameters.flatMap(({ name, in: at }): [string, string][] =>
      at === place && values[name] ? [[name, values[name]]] : [],
    );
  const filled = given("path").reduce(
    (filling, [name, value]) => filling.replace(`{${name}}`, encodeURIComponent(value)),
    path,
  );
  const query = new URLSearchParams(given("query")).toString();
  const startedAt = performance.now();
  const answer = await fetch(`${filled}${query === "" ? "" : `?${query}`}`, {
    method,
    headers: {
      ...(key !== "" && { Authorization: `Bearer ${key}` }),
      ...(body !== null && body.trim() !== "" && { "Content-Type": "application/json" }),
      ...Object.fromEntries(given("header")),
    },
    ...(body !== null && body.trim() !== "" && { body }),
  });
  const written = await answer.text();
  return {
    title: t.answer(statusText(answer.status), performance.now() - startedAt),
    headers: Object.fromEntries(answer.headers),
    body: written,
  };
}

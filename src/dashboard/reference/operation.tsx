import { useState } from "react";
import { Card } from "../components/card/card.tsx";
import { Code } from "../components/code/code.tsx";
import { text } from "../text/text.ts";
import { type ApiDocument, exampleOf, type Operation } from "./document.ts";
import { Method } from "./method.tsx";
import styles from "./reference.module.css";
import { Member, SchemaView } from "./schema-view.tsx";
import { TryIt } from "./try-it.tsx";
import { Words } from "./words.tsx";

const t = text.reference;

/** One operation: what it does, what it takes, what it answers, and a way to try it. */
export function OperationView({
  of: operation,
  schemas,
}: {
  of: Operation;
  schemas: ApiDocument["schemas"];
}) {
  const { method, path, summary, description, parameters, requestBody } = operation;
  const body = requestBody?.content["application/json"]?.schema;
  return (
    <>
      <div className="page-head">
        <div>
          <h1>{summary}</h1>
          <p className={styles.path}>
            <Method of={method} /> <code>{path}</code>
          </p>
        </div>
      </div>
      <div className="cols split">
        <div className="stack">
          {description !== "" && <Words of={description} />}
          {parameters.length > 0 && (
            <Card title={t.parameters}>
              <div className="body">
                <ul>
                  {parameters.map(({ name, schema = {}, required = false, description: said }) => (
                    <Member
                      key={name}
                      name={name}
                      of={schema}
                      schemas={schemas}
                      isRequired={required}
                      description={said}
                    />
                  ))}
                </ul>
              </div>
            </Card>
          )}
          {body !== undefined && (
            <Card title={t.body}>
              <div className="body">
                <SchemaView of={body} schemas={schemas} />
              </div>
            </Card>
          )}
          <Answers of={operation} schemas={schemas} />
        </div>
        <TryIt
          of={operation}
          first={body === undefined ? null : JSON.stringify(exampleOf(body, schemas), null, 2)}
        />
      </div>
    </>
  );
}

function Answers({ of: { responses }, schemas }: { of: Operation; schemas: ApiDocument["schemas"] }) {
  const [open, setOpen] = useState(Object.keys(responses)[0] ?? "");
  return (
    <Card title={t.answers}>
      <div className="body stack close">
        {Object.entries(responses).map(([status, { description, content = {} }]) => {
          const [schema] = Object.values(content).map((one) => one.schema);
          return (
            <details
              key={status}
              open={status === open}
              onToggle={({ currentTarget }) => currentTarget.open && setOpen(status)}
            >
              <summary>
                <b className="num">{status}</b>{" "}
                <span className="muted">{description.split("\n")[0]?.replaceAll("`", "")}</span>
              </summary>
              <div className={styles.nested}>
                <Words of={description} className="muted" />
                {schema !== undefined && status.startsWith("2") && (
                  <>
                    <SchemaView of={schema} schemas={schemas} />
                    <Code
                      of={JSON.stringify(exampleOf(schema, schemas), null, 2)}
                      title={t.example}
                      name={`${t.example} ${status}`}
                    />
                  </>
                )}
              </div>
            </details>
          );
        })}
      </div>
    </Card>
  );
}

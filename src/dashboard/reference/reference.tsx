import { Menu } from "lucide-react";
import { useEffect, useState, useSyncExternalStore } from "react";
import { Icon } from "../components/button/icon.tsx";
import { Skeleton } from "../components/states/states.tsx";
import { Mark } from "../shell/mark.tsx";
import shell from "../shell/shell.module.css";
import { ThemeButton } from "../shell/theme-button.tsx";
import { text } from "../text/text.ts";
import { type ApiDocument, loadDocument } from "./document.ts";
import { Method } from "./method.tsx";
import { OperationView } from "./operation.tsx";
import styles from "./reference.module.css";
import { Words } from "./words.tsx";

const t = text.reference;

const SIDE = "side";

/** The API's document to read, and to try. The address names the operation: `/docs#createEndpoint`. */
export function Reference() {
  const [document, setDocument] = useState<ApiDocument | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const chosen = useSyncExternalStore(subscribe, () => decodeURIComponent(location.hash.slice(1)));
  useEffect(() => {
    const stop = new AbortController();
    loadDocument(stop.signal).then(setDocument, (error: Error) => {
      if (!stop.signal.aborted) setProblem(error.message);
    });
    return () => stop.abort();
  }, []);
  useEffect(() => {
    window.scrollTo({ top: 0 });
    const side = window.document.getElementById(SIDE);
    if (side?.matches(":popover-open")) side.hidePopover();
  }, [chosen]);
  const operation = document?.groups
    .flatMap(({ operations }) => operations)
    .find(({ operationId }) => operationId === chosen);
  return (
    <div className={shell.app}>
      <header className={shell.topbar}>
        <button className="btn quiet icon" type="button" popoverTarget={SIDE} aria-label={text.shell.menu}>
          <Icon of={Menu} />
        </button>
        <Mark className={shell.mark} />
        <b className="grow cut">{text.shell.product}</b>
      </header>
      <Side document={document} chosen={chosen} />
      <main className={shell.main} id="main">
        {problem !== null && <p role="alert">{problem}</p>}
        {document === null && problem === null && <Skeleton lines={12} />}
        {document !== null && operation === undefined && <Start of={document} />}
        {document !== null && operation !== undefined && (
          <OperationView key={operation.operationId} of={operation} schemas={document.schemas} />
        )}
      </main>
    </div>
  );
}

function Side({ document, chosen }: { document: ApiDocument | null; chosen: string }) {
  const [typed, setTyped] = useState("");
  const wanted = typed.trim().toLowerCase();
  const groups = (document?.groups ?? [])
    .map(({ name, operations }) => ({
      name,
      operations: operations.filter(({ path, summary, operationId }) =>
        `${path} ${summary} ${operationId}`.toLowerCase().includes(wanted),
      ),
    }))
    .filter(({ operations }) => operations.length > 0);
  return (
    <div className={shell.side} id={SIDE} popover="auto">
      <a className={shell.workspace} href="/docs">
        <Mark className={shell.mark} />
        <b className="grow cut">{document?.title ?? text.shell.product}</b>
      </a>
      <input
        className={`input ${styles.search}`}
        type="search"
        aria-label={t.search}
        placeholder={t.searchHint}
        value={typed}
        onChange={({ target }) => setTyped(target.value)}
      />
      <nav className={`${shell.nav} ${styles.nav}`} aria-label={t.navigation}>
        {groups.length === 0 && document !== null && <p className="hint">{t.nothing}</p>}
        {groups.map(({ name, operations }) => (
          <section key={name}>
            <h2>{name}</h2>
            <ul>
              {operations.map(({ operationId, summary, method }) => (
                <li key={operationId}>
                  <a href={`#${operationId}`} aria-current={operationId === chosen ? "page" : undefined}>
                    <span className="cut grow">{summary}</span>
                    <Method of={method} />
                  </a>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </nav>
      <footer className={shell.sideFoot}>
        <a className="grow" href="/dashboard">
          {t.dashboard}
        </a>
        <ThemeButton />
      </footer>
    </div>
  );
}

function Start({ of: document }: { of: ApiDocument }) {
  return (
    <>
      <div className="page-head">
        <div>
          <h1>{document.title} API</h1>
          <p>{document.description}</p>
        </div>
        <div className="row">
          <a className="btn" href="/openapi.json">
            {t.json}
          </a>
          <a className="btn" href="/docs?plain">
            {t.plain}
          </a>
        </div>
      </div>
      {document.groups.map(({ name, description, operations }) => (
        <section key={name} className="card" aria-label={name}>
          <header>
            <h2>{name}</h2>
          </header>
          <div className="body stack close">
            <Words of={description} />
            <ul className="stack close">
              {operations.map(({ operationId, summary, method, path }) => (
                <li key={operationId} className="row">
                  <a href={`#${operationId}`}>{summary}</a>
                  <span className="grow" />
                  <code className="faint cut hide-s">{path}</code>
                  <Method of={method} />
                </li>
              ))}
            </ul>
          </div>
        </section>
      ))}
    </>
  );
}

function subscribe(listener: () => void): () => void {
  window.addEventListener("hashchange", listener);
  return () => window.removeEventListener("hashchange", listener);
}

import { RotateCw } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";
import { AtlasError } from "../../../sdk/client/index.ts";
import { text } from "../../text/text.ts";
import { Button } from "../button/button.tsx";

const t = text.failures;

/** Nothing is here: what was looked for, and how to see more. */
export function Empty({
  title,
  children,
  actions,
}: {
  title: string;
  children: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <div className="empty">
      <h3>{title}</h3>
      <p>{children}</p>
      {actions && <div className="row">{actions}</div>}
    </div>
  );
}

/** What could not be loaded, why, what it means, and a way to try again. */
export function LoadError({ what, error, retry }: { what: string; error: unknown; retry(): void }) {
  return (
    <div className="empty" role="alert">
      <h3>{t.notLoaded(what)}</h3>
      <p>{sentenceOf(error)}</p>
      <div className="row">
        <Button icon={RotateCw} onClick={retry}>
          {text.actions.tryAgain}
        </Button>
      </div>
    </div>
  );
}

/**
 * Why something was not done, below what asked for it. `hasFields`: what is wrong with a field is told beside it, and the first such
 * field of the form is brought into sight.
 */
export function FailureLine({ of: error, hasFields = false }: { of: unknown; hasFields?: boolean }) {
  const place = useRef<HTMLSpanElement>(null);
  const isTold = hasFields && error instanceof AtlasError && error.errors.length > 0;
  useEffect(() => {
    if (isTold) place.current?.closest("form")?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [isTold]);
  if (isTold) return <span ref={place} hidden />;
  return error === null ? null : (
    <p className="error" role="alert">
      {sentenceOf(error)}
    </p>
  );
}

/** An error in words: what happened, and what to do. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof AtlasError)) return t.page;
  switch (error.code) {
    case "network":
      return t.network;
    case "timeout":
      return t.timeout;
    case "forbidden":
      return t.forbidden;
    case "overloaded":
      return t.overloaded(error.retryAfterMs === null ? null : Math.ceil(error.retryAfterMs / 1000));
    case "internal":
      return t.internal(error.requestId ?? null);
    default:
      return error.message;
  }
}

/** So many lines that are still to come. */
export function Skeleton({ lines }: { lines: number }) {
  const widths = ["72%", "48%", "60%", "40%"];
  return (
    <div className="stack close body" aria-hidden="true">
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} className="sk" style={{ width: widths[line % widths.length] }} />
      ))}
    </div>
  );
}

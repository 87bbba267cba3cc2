import { RotateCw } from "lucide-react";
import type { ReactNode } from "react";
import { AtlasError } from "../../../sdk/client/index.ts";
import { Button } from "../button/button.tsx";

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
      <h3>{what} could not be loaded</h3>
      <p>{sentenceOf(error)}</p>
      <div className="row">
        <Button icon={RotateCw} onClick={retry}>
          Try again
        </Button>
      </div>
    </div>
  );
}

/** An error in words: what happened, and what to do. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof AtlasError)) return "This page has a fault. Reload it; nothing is lost.";
  const seconds = error.retryAfterMs === null ? null : Math.ceil(error.retryAfterMs / 1000);
  switch (error.code) {
    case "network":
      return "The service cannot be reached. Events that it has taken are safe.";
    case "timeout":
      return "The service did not answer in time. Nothing is lost.";
    case "forbidden":
      return "This key may not see this: it needs another role.";
    case "overloaded":
      return `The service is overloaded${seconds === null ? "" : ` and asks to wait ${seconds} seconds`}. Nothing is lost.`;
    case "internal":
      return `The service has a fault. Events that it has taken are safe. If it stays so, its log tells more of ${error.requestId ?? "it"}.`;
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

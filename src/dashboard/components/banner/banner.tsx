import type { ReactNode } from "react";
import { Glyph, LOOKS, type State } from "../glyph/glyph.tsx";

/** What is the matter with the thing that the page is about, and what mends it. */
export function Banner({
  state,
  title,
  children,
  actions,
}: {
  state: State;
  title: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <div className={`banner ${LOOKS[state].tone}`}>
      <Glyph state={state} />
      <div>
        <b>{title}</b>
        {children && <p>{children}</p>}
      </div>
      {actions && <div className="row">{actions}</div>}
    </div>
  );
}

import type { ReactNode } from "react";
import { Glyph, LOOKS, type State } from "../glyph/glyph.tsx";

/** A state as a shape and a word; filled where somebody should look. `children` instead of the state's own word. */
export function Badge({ state, children }: { state: State; children?: ReactNode }) {
  const { tone, isFilled } = LOOKS[state];
  return (
    <span className={isFilled ? `badge fill ${tone}` : "badge"}>
      <Glyph state={state} />
      {children ?? wordOf(state)}
    </span>
  );
}

function wordOf(state: State): string {
  return state === "unmatched" ? "Did not match" : state.charAt(0).toUpperCase() + state.slice(1);
}

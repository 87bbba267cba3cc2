import type { ReactNode } from "react";
import { text } from "../../text/text.ts";
import { Glyph, LOOKS, type State } from "../glyph/glyph.tsx";

/** A state as a shape and a word; filled where somebody should look. `children` instead of the state's own word. */
export function Badge({ state, children }: { state: State; children?: ReactNode }) {
  const { tone, isFilled } = LOOKS[state];
  return (
    <span className={isFilled ? `badge fill ${tone}` : "badge"}>
      <Glyph state={state} />
      {children ?? text.states[state]}
    </span>
  );
}

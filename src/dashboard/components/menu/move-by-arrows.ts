import type { KeyboardEvent } from "react";

/** Moves the focus among the buttons of what was opened: ↓ ↑ around its ends, Home, End. */
export function moveByArrows(event: KeyboardEvent<HTMLElement>): void {
  const options = [...event.currentTarget.querySelectorAll("button")];
  const at = options.indexOf(document.activeElement as HTMLButtonElement);
  const moves: Record<string, number> = {
    ArrowDown: (at + 1) % options.length,
    ArrowUp: (at - 1 + options.length) % options.length,
    Home: 0,
    End: options.length - 1,
  };
  const next = moves[event.key];
  if (next === undefined || (event.target as HTMLElement).matches("input")) return;
  event.preventDefault();
  options[next]?.focus();
}

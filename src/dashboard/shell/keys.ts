import { useEffect, useRef } from "react";

/** Whether a key belongs to a control and not to the page. */
function isTyped({ target, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  if (ctrlKey || metaKey || altKey) return true;
  if (document.querySelector("dialog[open], [popover]:popover-open:not(#side)") !== null) return true;
  return (
    target instanceof HTMLElement &&
    target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]")
  );
}

/**
 * Keys of the page, as long as the component is there. Keys of a control, of a dialog or with a modifier are left alone.
 * @param keys by `KeyboardEvent.key`; one that returns false did nothing
 */
export function useKeys(keys: Readonly<Record<string, (event: KeyboardEvent) => unknown>>): void {
  const current = useRef(keys);
  current.current = keys;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || isTyped(event)) return;
      const act = current.current[event.key];
      if (act === undefined || act(event) === false) return;
      event.preventDefault();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
}

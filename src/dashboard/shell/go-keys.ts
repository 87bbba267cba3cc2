import { useEffect } from "react";
import { useLocation } from "wouter";
import { placesOf } from "./navigation.ts";

/** After g the next key has so long to come. */
const WAIT_MS = 1000;

/** g, then the key of a place, goes there. */
export function useGoKeys(role: Parameters<typeof placesOf>[0]): void {
  const [, navigate] = useLocation();
  useEffect(() => {
    let startedAt: number | null = null;
    const onKeyDown = (event: KeyboardEvent) => {
      const { target, key, ctrlKey, metaKey, altKey } = event;
      const isTyped =
        target instanceof HTMLElement && target.matches("input:not([type=checkbox]), textarea, select");
      if (isTyped || ctrlKey || metaKey || altKey || document.querySelector("dialog[open]") !== null) return;
      const isSecond = startedAt !== null && performance.now() - startedAt < WAIT_MS;
      startedAt = key === "g" && !isSecond ? performance.now() : null;
      if (!isSecond) return;
      const place = placesOf(role)
        .flat()
        .find((one) => one.key === key);
      if (place === undefined) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      navigate(place.path);
    };
    // Before the keys of a page: after g they mean a place.
    document.addEventListener("keydown", onKeyDown, { capture: true });
    return () => document.removeEventListener("keydown", onKeyDown, { capture: true });
  }, [role, navigate]);
}

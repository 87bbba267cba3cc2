import { useEffect } from "react";
import type { CurrentKey } from "../../sdk/client/index.ts";
import { applyTheme, storedTheme } from "../shell/theme.ts";
import { text } from "../text/text.ts";
import { accentProperties } from "./accent.ts";

type Portal = CurrentKey["portal"];

/** Gives the page a customer's colour, theme and words. */
export function useBranding(portal: Portal | null): void {
  useEffect(() => {
    if (portal === null) return;
    const { style } = document.documentElement;
    const properties = portal.accent === null ? {} : accentProperties(portal.accent);
    for (const [name, value] of Object.entries(properties)) style.setProperty(name, value);
    // What somebody chose by the button counts more.
    if (storedTheme() === "system") applyTheme(portal.theme);
    return () => {
      for (const name of Object.keys(properties)) style.removeProperty(name);
    };
  }, [portal]);
}

/** Puts a workspace's own texts in place of the portal's: `{"endpoints.title": "Webhooks"}`. Unknown names are passed over. */
export function localise(strings: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(strings)) {
    const path = name.split(".");
    const last = path.pop() ?? "";
    let place: unknown = text;
    for (const part of path) place = isGroup(place) && Object.hasOwn(place, part) ? place[part] : null;
    if (isGroup(place) && Object.hasOwn(place, last) && typeof place[last] === "string") place[last] = value;
  }
}

/** Every text of the page that a workspace may put in its own words, by its name. */
export function ownTexts(): Record<string, string> {
  const found: Record<string, string> = {};
  const look = (group: Record<string, unknown>, before: string) => {
    for (const [name, value] of Object.entries(group)) {
      if (typeof value === "string") found[before + name] = value;
      else if (isGroup(value) && !Array.isArray(value)) look(value, `${before}${name}.`);
    }
  };
  look(text, "");
  return found;
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

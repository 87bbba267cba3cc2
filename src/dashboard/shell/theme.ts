const STORED = "atlas.theme";

export type Theme = "system" | "light" | "dark";

const ORDER: readonly Theme[] = ["system", "light", "dark"];

/** What this browser was told; before the first paint. */
export function restoreTheme(): void {
  applyTheme(storedTheme());
}

export function storedTheme(): Theme {
  const stored = localStorage.getItem(STORED);
  return ORDER.find((theme) => theme === stored) ?? "system";
}

/** The theme after this one, from now on. */
export function nextTheme(theme: Theme): Theme {
  const next = ORDER[(ORDER.indexOf(theme) + 1) % ORDER.length] ?? "system";
  localStorage.setItem(STORED, next);
  applyTheme(next);
  return next;
}

/** Shows the page in a theme, and remembers nothing. */
export function applyTheme(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

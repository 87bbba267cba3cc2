const STORED = "atlas.theme";

/** In the order in which one follows another. */
export const THEMES = ["system", "light", "dark"] as const;

export type Theme = (typeof THEMES)[number];

/** What this browser was told; before the first paint. */
export function restoreTheme(): void {
  applyTheme(storedTheme());
}

export function storedTheme(): Theme {
  const stored = localStorage.getItem(STORED);
  return THEMES.find((theme) => theme === stored) ?? "system";
}

/** The theme after this one, from now on. */
export function nextTheme(theme: Theme): Theme {
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "system";
  localStorage.setItem(STORED, next);
  applyTheme(next);
  return next;
}

/** Shows the page in a theme, and remembers nothing. */
export function applyTheme(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

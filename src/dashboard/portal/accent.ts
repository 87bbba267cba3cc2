/** The contrast of a colour such as `#8a2a4f` against white; null = it is none. WCAG 2.2, relative luminance. */
export function contrastOnWhite(color: string): number | null {
  const [, red, green, blue] = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(color) ?? [];
  if (red === undefined || green === undefined || blue === undefined) return null;
  const [r = 0, g = 0, b = 0] = [red, green, blue].map((part) => {
    const value = Number.parseInt(part, 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 1.05 / (0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05);
}

/** What text and controls need. */
const LEAST_CONTRAST = 4.5;

/** The five properties that a customer's accent replaces, for both themes. */
export function accentProperties(color: string): Record<string, string> {
  const contrast = contrastOnWhite(color);
  if (contrast === null) return {};
  // Too pale on white, it is mixed with ink until it can be read; on dark the other way round.
  const ink = contrast >= LEAST_CONTRAST ? 100 : Math.max(30, Math.round((contrast / LEAST_CONTRAST) * 70));
  const paper = contrast >= LEAST_CONTRAST ? 45 : 85;
  const accent = `light-dark(color-mix(in oklab, ${color} ${ink}%, #10191b), color-mix(in oklab, ${color} ${paper}%, #ffffff))`;
  return {
    "--accent": accent,
    "--accent-strong": `light-dark(color-mix(in oklab, ${color} 75%, #10191b), color-mix(in oklab, ${color} 30%, #ffffff))`,
    "--accent-soft": `light-dark(color-mix(in oklab, ${color} 12%, #ffffff), color-mix(in oklab, ${color} 25%, #12181a))`,
    "--on-accent": "light-dark(#ffffff, #10191b)",
    "--focus": accent,
  };
}

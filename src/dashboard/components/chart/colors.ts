/** What a canvas is drawn with: it knows nothing of custom properties. */
export interface Colors {
  text: string;
  grid: string;
  line: string;
  ok: string;
  bad: string;
  hatch: CanvasPattern | string;
}

/** The page's colours where an element stands: those of its theme, and of a customer's accent. */
export function colorsOf(place: HTMLElement): Colors {
  const probe = place.appendChild(document.createElement("i"));
  const colorOf = (color: string) => {
    probe.style.color = color;
    return getComputedStyle(probe).color;
  };
  const bad = colorOf("var(--bad-solid)");
  const colors = {
    text: colorOf("var(--fg-3)"),
    grid: colorOf("var(--line)"),
    line: colorOf("var(--accent)"),
    ok: colorOf("color-mix(in srgb, var(--ok-solid) 72%, var(--surface))"),
    bad,
    hatch: hatchOf(bad, colorOf("var(--surface)")),
  };
  probe.remove();
  return colors;
}

/** So wide is a stripe, and what is between two of them, in pixels of the page. */
const STRIPE = 2.5;

/** Stripes from the lower left to the upper right: what failed is known without its colour. */
function hatchOf(color: string, behind: string): CanvasPattern | string {
  const side = Math.round(2 * STRIPE * Math.SQRT2 * devicePixelRatio);
  const canvas = document.createElement("canvas");
  canvas.width = side;
  canvas.height = side;
  const context = canvas.getContext("2d");
  if (context === null) return color;
  context.fillStyle = behind;
  context.fillRect(0, 0, side, side);
  context.strokeStyle = color;
  context.lineWidth = STRIPE * devicePixelRatio;
  // Three of them, so that the corners join those of the next tile.
  for (const shift of [-side, 0, side]) {
    context.moveTo(shift - side, side * 2);
    context.lineTo(shift + side * 2, -side);
  }
  context.stroke();
  return context.createPattern(canvas, "repeat") ?? color;
}

/** Calls when the system's theme, the chosen one or the accent changes. Returns what ends it. */
export function onThemeChange(onChange: () => void): () => void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const root = new MutationObserver(onChange);
  root.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "style"] });
  system.addEventListener("change", onChange);
  return () => {
    root.disconnect();
    system.removeEventListener("change", onChange);
  };
}

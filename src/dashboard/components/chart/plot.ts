import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { type Colors, colorsOf, onThemeChange } from "./colors.ts";
import { niceTop } from "./scale.ts";

const HEIGHT = 190;
const LEFT = 52;
const BOTTOM = 22;

/** Times below the chart stand at least so many pixels apart. */
const TIME_SPACE = 110;

/** How a series is drawn: a bar a bucket, one that is hatched, or a line through the buckets' middles. */
export type Form = "bars" | "hatched" | "line";

export interface PlotData {
  /** When each bucket begins, Unix milliseconds; all are as long as the first. */
  starts: readonly number[];
  /** The values of each series by bucket; null = there is none. */
  series: readonly (readonly (number | null)[])[];
  valueText(value: number): string;
  timeText(timeMs: number): string;
}

interface Listeners {
  /** The bucket that the crosshair is at; null = it is nowhere. */
  onBucket(bucket: number | null): void;
  /** Whether a part of the time is shown alone. */
  onZoom(isZoomed: boolean): void;
}

/** uPlot in the colours of the page. Charts that are shown together have one crosshair; a drag shows a part of the time. */
export class Plot {
  readonly #chart: uPlot;
  readonly #place: HTMLElement;
  readonly #forms: readonly Form[];
  readonly #listeners: Listeners;
  readonly #ends: () => void;
  #colors: Colors;
  #data: PlotData = { starts: [], series: [], valueText: String, timeText: String };

  /** @param place an empty element, as wide as the chart shall be */
  constructor(place: HTMLElement, forms: readonly Form[], listeners: Listeners) {
    this.#place = place;
    this.#forms = forms;
    this.#listeners = listeners;
    this.#colors = colorsOf(place);
    this.#chart = new uPlot(this.#options(), [[], ...forms.map(() => [])], place);
    const sizes = new ResizeObserver(() => this.#chart.setSize({ width: place.clientWidth, height: HEIGHT }));
    sizes.observe(place);
    const endThemes = onThemeChange(() => {
      this.#colors = colorsOf(place);
      this.#chart.redraw(true, true);
    });
    this.#ends = () => {
      sizes.disconnect();
      endThemes();
      this.#chart.destroy();
    };
  }

  show(data: PlotData): void {
    const { starts, series } = data;
    this.#data = data;
    const [first = 0] = starts;
    const end = first + starts.length * this.#step;
    const isWhole = !this.#isZoomed;
    // A bar begins with its bucket, a line goes through the buckets' middles; both end where the last bucket does. Undefined
    // there: a null would be as narrow as a bar can be.
    const times = this.#forms.includes("line")
      ? [first, ...starts.map((start) => start + this.#step / 2), end]
      : [...starts, end];
    const before = times.slice(starts.length + 1).map(() => undefined);
    this.#chart.setData([times, ...series.map((values) => [...before, ...values, undefined])], isWhole);
  }

  /** Moves the crosshair to a bucket; null = away. */
  moveTo(bucket: number | null): void {
    const left = bucket === null ? -10 : this.#chart.valToPos(this.#middle(bucket), "x");
    this.#chart.setCursor({ left, top: bucket === null ? -10 : 0 });
  }

  showAll(): void {
    this.#chart.setData(this.#chart.data, true);
  }

  remove(): void {
    this.#ends();
  }

  get #step(): number {
    const [first = 0, second = first + 1] = this.#data.starts;
    return second - first;
  }

  get #isZoomed(): boolean {
    const { min, max } = this.#chart.scales.x ?? {};
    const times = this.#chart.data[0] ?? [];
    return (
      times.length > 0 && min != null && max != null && (min > Number(times[0]) || max < Number(times.at(-1)))
    );
  }

  #middle(bucket: number): number {
    return (this.#data.starts[bucket] ?? 0) + this.#step / 2;
  }

  /** The bucket at a place, in pixels from the left of the plot. */
  #bucketAt(left: number): number | null {
    const { starts } = this.#data;
    const bucket = Math.floor((this.#chart.posToVal(left, "x") - (starts[0] ?? 0)) / this.#step);
    return left >= 0 && bucket >= 0 && bucket < starts.length ? bucket : null;
  }

  #options(): uPlot.Options {
    const text = () => this.#colors.text;
    const font = `500 11px ${getComputedStyle(this.#place).fontFamily}`;
    return {
      width: this.#place.clientWidth,
      height: HEIGHT,
      padding: [8, 0, 0, 0],
      legend: { show: false },
      scales: {
        x: { time: false },
        y: { range: (_chart, _least, most) => [0, niceTop(most ?? 0)] },
      },
      axes: [
        {
          stroke: text,
          font,
          size: BOTTOM,
          space: TIME_SPACE,
          grid: { show: false },
          ticks: { show: false },
          splits: () => this.#data.starts.map((start) => start),
          filter: (chart, starts) => everyFew(starts, chart.width / TIME_SPACE),
          values: (_chart, starts) =>
            starts.map((start) => (start === null ? null : this.#data.timeText(start))),
        },
        {
          stroke: text,
          font,
          size: LEFT,
          gap: 8,
          grid: { stroke: () => this.#colors.grid, width: 1 },
          ticks: { show: false },
          splits: (_chart, _axis, least, most) =>
            [0, 1, 2, 3].map((part) => least + ((most - least) * part) / 3),
          values: (_chart, values) => values.map((value) => this.#data.valueText(value)),
        },
      ],
      series: [{}, ...this.#forms.map((form) => this.#seriesOf(form))],
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: true, y: false, dist: 8 },
        sync: { key: "charts", scales: ["x", null] },
        move: (chart, left, top) => {
          const bucket = this.#bucketAt(left);
          return [bucket === null ? left : chart.valToPos(this.#middle(bucket), "x"), top];
        },
      },
      hooks: {
        setCursor: [({ cursor }) => this.#listeners.onBucket(this.#bucketAt(cursor.left ?? -1))],
        setScale: [(_chart, scale) => scale === "x" && this.#listeners.onZoom(this.#isZoomed)],
      },
    };
  }

  #seriesOf(form: Form): uPlot.Series {
    if (form === "line")
      return {
        stroke: () => this.#colors.line,
        width: 1.75,
        points: { show: true, size: 4, fill: () => this.#colors.line },
      };
    const isHatched = form === "hatched";
    return {
      stroke: () => (isHatched ? this.#colors.bad : this.#colors.ok),
      fill: () => (isHatched ? this.#colors.hatch : this.#colors.ok),
      // The same for both: what went well covers the outline of what failed, which stands behind it.
      width: 1,
      points: { show: false },
      paths: uPlot.paths.bars?.({ size: [0.88, 80], align: 1 }),
    };
  }
}

/** The places at which a bucket begins: as many as fit have a text, the others none. */
function everyFew(starts: number[], fitting: number): (number | null)[] {
  const each = Math.max(1, Math.ceil(starts.length / Math.max(1, fitting)));
  return starts.map((start, place) => (place % each === 0 ? start : null));
}

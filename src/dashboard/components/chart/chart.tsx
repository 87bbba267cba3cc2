import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { latencyText, numberText } from "../../text/format.ts";
import { text } from "../../text/text.ts";
import { Button } from "../button/button.tsx";
import { Table } from "../table/table.tsx";
import styles from "./chart.module.css";
import type { Form, Plot, PlotData } from "./plot.ts";
import { momentText } from "./scale.ts";

const t = text.health;

interface ChartProps {
  title: string;
  /** "1h", "24h", "7d", "30d": how times are written. */
  window: string;
  points: readonly { at: string }[];
  legend: ReactNode;
  forms: readonly Form[];
  /** The values of each form, by point. */
  series: PlotData["series"];
  valueText(value: number): string;
  /** The names of the table's columns, and a row of it, which is also what the crosshair tells. */
  columns: string[];
  row(index: number): string[];
}

/** Values over time: a chart that tells what is at its crosshair, by the pointer or ← →, and the same as a table. */
function Chart({ title, window, points, legend, forms, series, valueText, columns, row }: ChartProps) {
  const [isTable, setIsTable] = useState(false);
  const [at, setAt] = useState<number | null>(null);
  const [isZoomed, setIsZoomed] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const [plot, setPlot] = useState<Plot | null>(null);
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    let drawn: Plot | null = null;
    let isGone = false;
    import("./plot.ts").then(
      ({ Plot }) => {
        if (isGone) return;
        drawn = new Plot(element, forms, { onBucket: setAt, onZoom: setIsZoomed });
        setPlot(drawn);
      },
      // Its file cannot be had: the same numbers can.
      () => setIsTable(true),
    );
    return () => {
      isGone = true;
      drawn?.remove();
      setPlot(null);
      setAt(null);
      setIsZoomed(false);
    };
  }, [isTable]);
  const key = JSON.stringify([window, points[0]?.at, points.length, series]);
  const data = useMemo<PlotData>(
    () => ({
      starts: points.map((point) => Date.parse(point.at)),
      series,
      valueText,
      timeText: (timeMs) => momentText(new Date(timeMs).toISOString(), window),
    }),
    [key],
  );
  useEffect(() => plot?.show(data), [plot, data]);
  const isEmpty = series.every((values) => values.every((value) => value === null));
  const move = (by: number) =>
    plot?.moveTo(Math.max(0, Math.min(points.length - 1, (at ?? points.length - 1) + by)));
  return (
    <figure className="card chart">
      <header>
        <h2>{title}</h2>
        <div className="row">
          <div className="legend">{legend}</div>
          {isZoomed && (
            <Button kind="quiet" isSmall onClick={() => plot?.showAll()}>
              {t.wholeRange}
            </Button>
          )}
          <Button kind="quiet" isSmall onClick={() => setIsTable(!isTable)}>
            {isTable ? t.asChart : t.asTable}
          </Button>
        </div>
      </header>
      {isTable ? (
        <Numbers title={title} columns={columns} count={points.length} row={row} />
      ) : (
        <div
          className={`body ${styles.plot}`}
          role="group"
          aria-label={t.perBar(title)}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: ← → move the crosshair
          tabIndex={0}
          onKeyDown={({ key: pressed }) => {
            if (pressed === "ArrowLeft") move(-1);
            if (pressed === "ArrowRight") move(1);
          }}
          onBlur={() => plot?.moveTo(null)}
        >
          <div className={styles.canvas} ref={place} role="img" aria-label={t.perBar(title)} />
          {isEmpty && <p className={styles.nothing}>{t.noData}</p>}
          {at !== null && at < points.length && (
            <p className={styles.box} aria-live="polite">
              {row(at)
                .map((cell, column) => (column === 0 ? cell : `${columns[column]} ${cell}`))
                .join(", ")}
            </p>
          )}
        </div>
      )}
    </figure>
  );
}

interface NumbersProps extends Pick<ChartProps, "title" | "columns" | "row"> {
  count: number;
}

function Numbers({ title, columns, count, row }: NumbersProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by the keyboard too
    <div className={styles.numbers} tabIndex={0} role="region" aria-label={title}>
      <Table
        columns={columns.map((name, column) => ({ title: name, ...(column > 0 && { className: "right" }) }))}
      >
        <tbody>
          {Array.from({ length: count }, (_, index) => (
            <tr key={index} className="slim">
              {row(index).map((cell, column) => (
                <td key={columns[column]} className={column > 0 ? "right num" : "num"}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </Table>
    </div>
  );
}

interface OverTimeProps<Point> {
  title: string;
  window: string;
  points: readonly Point[];
}

/** What failed is drawn as high as both and behind what went well, so that it stands upon it. */
const BARS: readonly Form[] = ["hatched", "bars"];

/** What went well and what failed, one bar a time; what failed is hatched. */
export function BarChart({ title, window, points }: OverTimeProps<{ at: string; ok: number; bad: number }>) {
  return (
    <Chart
      title={title}
      window={window}
      points={points}
      forms={BARS}
      series={[
        points.map(({ ok, bad }) => (bad === 0 ? null : ok + bad)),
        points.map(({ ok }) => (ok === 0 ? null : ok)),
      ]}
      valueText={(value) => numberText(Math.round(value))}
      columns={[t.at, t.ok, t.failed]}
      row={(index) => {
        const { at = "", ok = 0, bad = 0 } = points[index] ?? {};
        return [momentText(at, window, true), numberText(ok), numberText(bad)];
      }}
      legend={
        <>
          <span className="ok">
            <i className="sw" />
            {t.ok}
          </span>
          <span className="bad">
            <i className={`sw ${styles.hatch}`} />
            {t.failed}
          </span>
        </>
      }
    />
  );
}

const LINE: readonly Form[] = ["line"];

/** A value over time; where there is none the line has a gap. */
export function LineChart({ title, window, points }: OverTimeProps<{ at: string; value: number | null }>) {
  return (
    <Chart
      title={title}
      window={window}
      points={points}
      forms={LINE}
      series={[points.map(({ value }) => value)]}
      valueText={(value) => (value === 0 ? "0" : latencyText(value))}
      columns={[t.at, t.average]}
      row={(index) => {
        const { at = "", value = null } = points[index] ?? {};
        return [momentText(at, window, true), latencyText(value)];
      }}
      legend={
        <span>
          <i className="sw solid" />
          {t.average}
        </span>
      }
    />
  );
}

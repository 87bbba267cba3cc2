import { type ReactNode, useId, useState } from "react";
import { latencyText, numberText } from "../../text/format.ts";
import { text } from "../../text/text.ts";
import { Button } from "../button/button.tsx";
import styles from "./chart.module.css";
import { momentText, niceTop } from "./scale.ts";

/* Drawn by hand: two forms, each a few rectangles or one path, cost less than a library and follow both themes. */

const WIDTH = 580;
const HEIGHT = 190;
const LEFT = 44;
const BOTTOM = 168;
const TOP = 8;

interface Frame {
  title: string;
  /** "1h", "24h", "7d", "30d": how times are written. */
  window: string;
  points: readonly { at: string }[];
  legend: ReactNode;
  /** The greatest value. */
  most: number;
  valueText(value: number): string;
  /** One row of the table, and of the crosshair's box. */
  row(index: number): string[];
  columns: string[];
  children(x: (index: number) => number, y: (value: number) => number, step: number): ReactNode;
}

function ChartFrame({ title, window, points, legend, most, valueText, row, columns, children }: Frame) {
  const [isTable, setIsTable] = useState(false);
  const [at, setAt] = useState<number | null>(null);
  const top = niceTop(most);
  const step = (WIDTH - LEFT) / Math.max(1, points.length);
  const x = (index: number) => LEFT + index * step;
  const y = (value: number) => BOTTOM - (value / top) * (BOTTOM - TOP);
  const grid = [0, 1, 2, 3].map((part) => (top * part) / 3);
  const marks = [0, 0.25, 0.5, 0.75, 1].map((part) => Math.round(part * (points.length - 1)));
  const move = (by: number) =>
    setAt(Math.max(0, Math.min(points.length - 1, (at ?? points.length - 1) + by)));
  return (
    <figure className="card chart">
      <header>
        <h2>{title}</h2>
        <div className="row">
          <div className="legend">{legend}</div>
          <Button kind="quiet" isSmall onClick={() => setIsTable(!isTable)}>
            {isTable ? text.health.asChart : text.health.asTable}
          </Button>
        </div>
      </header>
      {isTable ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by the keyboard too
        <div className={`table-wrap ${styles.numbers}`} tabIndex={0} role="region" aria-label={title}>
          <table>
            <thead>
              <tr>
                {columns.map((name, place) => (
                  <th key={name} scope="col" className={place > 0 ? "right" : undefined}>
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {points.map(({ at: time }, index) => (
                <tr key={time} className="slim">
                  {row(index).map((cell, place) => (
                    <td key={columns[place]} className={place > 0 ? "right num" : "num"}>
                      {cell}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : (
        <div
          className={`body ${styles.plot}`}
          role="group"
          aria-label={text.health.perBar(title)}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: ← → move the crosshair
          tabIndex={0}
          onKeyDown={({ key }) => {
            if (key === "ArrowLeft") move(-1);
            if (key === "ArrowRight") move(1);
          }}
          onBlur={() => setAt(null)}
        >
          <svg
            viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
            role="img"
            aria-label={text.health.perBar(title)}
            onPointerMove={({ clientX, currentTarget }) => {
              const box = currentTarget.getBoundingClientRect();
              const place = Math.floor((((clientX - box.left) / box.width) * WIDTH - LEFT) / step);
              setAt(place >= 0 && place < points.length ? place : null);
            }}
            onPointerLeave={() => setAt(null)}
          >
            {grid.map((value) => (
              <g key={value}>
                <path className={styles.grid} d={`M${LEFT} ${y(value)}H${WIDTH}`} />
                <text x={LEFT - 8} y={y(value) + 4} textAnchor="end">
                  {valueText(value)}
                </text>
              </g>
            ))}
            {points.length > 1 &&
              marks.map((index, place) => (
                <text
                  key={index}
                  x={place === 4 ? WIDTH : x(index)}
                  y={HEIGHT - 4}
                  textAnchor={place === 0 ? "start" : place === 4 ? "end" : "middle"}
                >
                  {momentText(points[index]?.at ?? "", window)}
                </text>
              ))}
            {children(x, y, step)}
            {at !== null && <path className={styles.cross} d={`M${x(at) + step / 2} ${TOP}V${BOTTOM}`} />}
          </svg>
          {at !== null && (
            <p className={styles.box} aria-live="polite">
              {row(at)
                .map((cell, place) => (place === 0 ? cell : `${columns[place]} ${cell}`))
                .join(", ")}
            </p>
          )}
        </div>
      )}
    </figure>
  );
}

interface BarPoint {
  at: string;
  ok: number;
  bad: number;
}

/** What went well and what failed, one bar a time; what failed is hatched. */
export function BarChart({
  title,
  window,
  points,
}: {
  title: string;
  window: string;
  points: readonly BarPoint[];
}) {
  const id = useId();
  const t = text.health;
  return (
    <ChartFrame
      title={title}
      window={window}
      points={points}
      most={Math.max(...points.map(({ ok, bad }) => ok + bad), 0)}
      valueText={(value) => numberText(Math.round(value))}
      columns={[t.at, t.ok, t.failed]}
      row={(index) => {
        const { at, ok, bad } = points[index] as BarPoint;
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
    >
      {(x, y, step) => (
        <>
          <defs>
            <pattern id={id} width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
              <rect width="2.5" height="5" fill="var(--bad-solid)" />
            </pattern>
          </defs>
          {points.map(({ at, ok, bad }, index) => (
            <g key={at}>
              <rect
                className="ok"
                x={x(index)}
                y={y(ok)}
                width={Math.max(1, step - 2)}
                height={BOTTOM - y(ok)}
              />
              {bad > 0 && (
                <rect
                  x={x(index)}
                  y={y(ok + bad)}
                  width={Math.max(1, step - 2)}
                  height={y(ok) - y(ok + bad)}
                  fill={`url(#${id})`}
                  stroke="var(--bad-solid)"
                />
              )}
            </g>
          ))}
        </>
      )}
    </ChartFrame>
  );
}

interface LinePoint {
  at: string;
  value: number | null;
}

/** A value over time; where there is none the line has a gap. */
export function LineChart({
  title,
  window,
  points,
}: {
  title: string;
  window: string;
  points: readonly LinePoint[];
}) {
  const t = text.health;
  return (
    <ChartFrame
      title={title}
      window={window}
      points={points}
      most={Math.max(...points.map(({ value }) => value ?? 0), 0)}
      valueText={(value) => (value === 0 ? "0" : latencyText(value))}
      columns={[t.at, t.average]}
      row={(index) => {
        const { at, value } = points[index] as LinePoint;
        return [momentText(at, window, true), latencyText(value)];
      }}
      legend={
        <span>
          <i className="sw solid" />
          {t.average}
        </span>
      }
    >
      {(x, y, step) => (
        <>
          <path className={styles.line} d={lineOf(points, (index) => x(index) + step / 2, y)} />
          {points.map(({ at, value }, index) =>
            value === null ? null : (
              <circle key={at} cx={x(index) + step / 2} cy={y(value)} r="2" fill="var(--accent)" />
            ),
          )}
        </>
      )}
    </ChartFrame>
  );
}

function lineOf(
  points: readonly LinePoint[],
  x: (index: number) => number,
  y: (value: number) => number,
): string {
  let isDrawn = false;
  return points
    .map(({ value }, index) => {
      const part =
        value === null ? "" : `${isDrawn ? "L" : "M"}${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
      isDrawn = value !== null;
      return part;
    })
    .join("");
}

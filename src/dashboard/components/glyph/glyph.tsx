import type { ReactNode } from "react";

/** What something is in, and how it is shown: a shape, a word, and last a colour. */
export type State =
  | "pending"
  | "delivered"
  | "retrying"
  | "dead"
  | "canceled"
  | "missed"
  | "unmatched"
  | "enabled"
  | "paused"
  | "disabled"
  | "failing";

interface Look {
  shape: ReactNode;
  /** The class that sets its colours. */
  tone: "ok" | "bad" | "warn" | "wait" | "miss" | "mute";
  /** Whether somebody should look. */
  isFilled: boolean;
}

const ring = <circle cx="8" cy="8" r="6" />;

/** The shapes are drawn so that each state is known in black and white. */
export const LOOKS: Readonly<Record<State, Look>> = {
  pending: { tone: "wait", isFilled: false, shape: ring },
  delivered: {
    tone: "ok",
    isFilled: false,
    shape: (
      <>
        <circle cx="8" cy="8" r="7" fill="currentColor" stroke="none" />
        <path d="m5 8.3 2.1 2.1L11 6" stroke="var(--surface)" fill="none" />
      </>
    ),
  },
  retrying: {
    tone: "warn",
    isFilled: true,
    shape: (
      <>
        {ring}
        <path d="M8 2a6 6 0 0 1 0 12z" fill="currentColor" stroke="none" />
      </>
    ),
  },
  dead: {
    tone: "bad",
    isFilled: true,
    shape: (
      <>
        <path d="M8 .6 15.4 8 8 15.4.6 8z" fill="currentColor" stroke="none" />
        <path d="m5.9 5.9 4.2 4.2m0-4.2-4.2 4.2" stroke="var(--surface)" strokeWidth="1.7" />
      </>
    ),
  },
  canceled: {
    tone: "mute",
    isFilled: false,
    shape: (
      <>
        {ring}
        <path d="m4 12 8-8" />
      </>
    ),
  },
  missed: {
    tone: "miss",
    isFilled: true,
    shape: <circle cx="8" cy="8" r="6" strokeDasharray="2.6 2.1" strokeLinecap="butt" />,
  },
  unmatched: {
    tone: "mute",
    isFilled: false,
    shape: <path d="M3 5.7h10M3 10.3h10M10.6 2.6 5.4 13.4" />,
  },
  enabled: {
    tone: "ok",
    isFilled: false,
    shape: <path d="M4 2.4v11.2L13.2 8z" fill="currentColor" strokeLinejoin="round" />,
  },
  paused: { tone: "warn", isFilled: true, shape: <path d="M5 3v10M11 3v10" strokeWidth="3" /> },
  disabled: {
    tone: "mute",
    isFilled: true,
    shape: (
      <>
        <rect x="2.5" y="2.5" width="11" height="11" rx="2" />
        <path d="M5.5 8h5" />
      </>
    ),
  },
  failing: {
    tone: "bad",
    isFilled: true,
    shape: (
      <>
        <path d="M8 1.8 15 14H1z" fill="currentColor" strokeLinejoin="round" />
        <path d="M8 6.4v3.2m0 2.1v.1" stroke="var(--surface)" strokeWidth="1.7" />
      </>
    ),
  },
};

/** A state's shape alone: beside a word that names it. */
export function Glyph({ state }: { state: State }) {
  const { tone, shape } = LOOKS[state];
  return (
    <svg className={`g ${tone}`} viewBox="0 0 16 16" aria-hidden="true">
      {shape}
    </svg>
  );
}

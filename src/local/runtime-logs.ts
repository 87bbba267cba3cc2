/** A line of workerd's log. */
export interface RuntimeLog {
  level: string;
  message: string;
}

/**
 * What workerd reports as errors of its own though nothing is wrong: a peer that hangs up, asks for a tunnel, has a bad
 * certificate or no address, an attempt at an address that is not allowed. The attempt that it belongs to is on record
 * with its cause.
 */
const NOISE = [
  /\bdisconnected:/,
  /Network connection lost/,
  /connecting to \S+ is not allowed/,
  /Connection (refused|reset)/i,
  /DNS lookup failed/i,
  /failed to lookup address information/,
  /Socket proxy disconnected abruptly/,
  /TLS handshake failed/i,
  // A CONNECT request, which is answered with 500.
  /does not export a connect\(\) function|connect event but we lack a handler/,
  // After a crash: the alarm rings late, as it should.
  /SQLite alarm overdue/,
  // What follows a crash's first line, which says what there is to know.
  /^stack:( [0-9a-f]{4,})+/,
  /LLVM_SYMBOLIZER is not set/,
];

/** How the service's own lines begin (`src/service-log.ts`): each is there to be read. */
const OWN_LINE = '{"level":';

/** How long workerd's own errors of one kind are counted instead of printed once one was. */
const QUIET_MS = 60_000;

/** Kinds that are remembered: what makes more of them than these has nothing in common. */
const KINDS = 200;

/** Whether a line of workerd's log says nothing that a person has to know. */
export function isNoise(log: Pick<RuntimeLog, "message">): boolean {
  if (log.message.startsWith(OWN_LINE)) return false;
  return NOISE.some((pattern) => pattern.test(log.message));
}

/**
 * What to print of workerd's log: the service's own lines as they are; of workerd's own errors the first line, without
 * the addresses of its stack, and those of one kind once a minute, with how many there were since.
 */
export class RuntimeLogs {
  readonly #nowMs: () => number;
  /** By kind: when it was printed last, Unix milliseconds, and how many were not since. */
  readonly #kinds = new Map<string, { printedAt: number; kept: number }>();

  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs;
  }

  /** The line to print; null = none. */
  lineOf(log: Pick<RuntimeLog, "message">): string | null {
    if (log.message.startsWith(OWN_LINE)) return log.message;
    if (isNoise(log)) return null;
    const line = log.message.split("\n", 1)[0]?.trim() ?? "";
    if (line === "") return null;
    const kind = line.replace(/[0-9a-f]*\d[0-9a-f]*/gi, "#");
    const nowMs = this.#nowMs();
    const known = this.#kinds.get(kind);
    if (known && nowMs - known.printedAt < QUIET_MS) {
      known.kept++;
      return null;
    }
    this.#kinds.delete(kind);
    this.#kinds.set(kind, { printedAt: nowMs, kept: 0 });
    const [oldest] = this.#kinds.keys();
    if (this.#kinds.size > KINDS && oldest !== undefined) this.#kinds.delete(oldest);
    return known?.kept ? `${line} (${known.kept} more like it since the last one)` : line;
  }
}

const logs = new RuntimeLogs();

/** Prints what the Worker logs, and workerd's own errors; warnings and errors on stderr. */
export function reportRuntimeLine(text: string): void {
  const log = readRuntimeLog(text);
  const line = logs.lineOf(log);
  if (line === null) return;
  const isError = log.level === "error" || log.level === "warn";
  (isError ? console.error : console.log)(line);
}

/** A line is a JSON object, but where workerd fails: then it is text. */
export function readRuntimeLog(text: string): RuntimeLog {
  try {
    const { level, message } = JSON.parse(text) as Partial<RuntimeLog>;
    if (typeof level === "string" && typeof message === "string") return { level, message };
  } catch {
    // Text.
  }
  return { level: "error", message: text };
}

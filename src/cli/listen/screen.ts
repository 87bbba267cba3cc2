import { type Output, printable } from "../shell/output.ts";
import { lineOf } from "./lines.ts";
import type { Show, ShownAttempt } from "./shown-attempt.ts";

/** Attempts that can be scrolled to. */
const MOST_KEPT = 500;

/** What keys do beside moving about. */
export interface ScreenActions {
  retry(attempt: ShownAttempt): void;
  open(attempt: ShownAttempt | null): void;
  quit(): void;
}

const CLEAR = "\u001b[H\u001b[2J";

/** A screen of its own, without a cursor, on which a line that is too long ends at the edge instead of taking another row. */
const ALTERNATE = ["\u001b[?1049h\u001b[?25l\u001b[?7l", "\u001b[?7h\u001b[?25h\u001b[?1049l"] as const;

/** Rows beside those of the list and of the details: the title, a gap, the note and the keys. */
const OTHER_ROWS = 4;

/** A list of attempts on a terminal, newest last: j/k moves, d shows details, r retries, o opens the dashboard, q ends it. */
export class Screen implements Show {
  readonly #output: Output;
  readonly #stdin: NodeJS.ReadStream;
  readonly #title: string;
  readonly #actions: ScreenActions;
  #attempts: ShownAttempt[] = [];
  /** From the newest; 0 = it follows what comes. */
  #back = 0;
  #hasDetails = false;
  #state = "connecting";
  #note = "";
  #isEnded = false;
  readonly #onKey = (text: Buffer) => this.#handleKey(String(text));
  readonly #onResize = () => this.#draw();

  constructor(output: Output, stdin: NodeJS.ReadStream, title: string, actions: ScreenActions) {
    this.#output = output;
    this.#stdin = stdin;
    this.#title = title;
    this.#actions = actions;
    output.text(ALTERNATE[0]);
    stdin.setRawMode?.(true);
    stdin.resume();
    stdin.on("data", this.#onKey);
    process.stdout.on("resize", this.#onResize);
    this.#draw();
  }

  showUp(listeners: number): void {
    this.#state = listeners > 1 ? `connected, ${listeners} listen` : "connected";
    this.#draw();
  }

  showDown(againInMs: number): void {
    this.#state = againInMs === 0 ? "connecting" : `away, again in ${(againInMs / 1000).toFixed(1)} s`;
    this.#draw();
  }

  showAttempt(attempt: ShownAttempt): void {
    this.#attempts = [...this.#attempts, attempt].slice(-MOST_KEPT);
    // The one that is looked at stays where it is.
    if (this.#back > 0) this.#back = Math.min(this.#back + 1, this.#attempts.length - 1);
    this.#draw();
  }

  note(text: string): void {
    this.#note = text;
    this.#draw();
  }

  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#stdin.off("data", this.#onKey);
    process.stdout.off("resize", this.#onResize);
    this.#stdin.setRawMode?.(false);
    this.#stdin.pause();
    this.#output.text(ALTERNATE[1]);
  }

  get #chosen(): ShownAttempt | null {
    return this.#attempts.at(-1 - this.#back) ?? null;
  }

  #handleKey(key: string): void {
    const last = Math.max(0, this.#attempts.length - 1);
    if (key === "j" || key === "\u001b[B") this.#back = Math.max(0, this.#back - 1);
    else if (key === "k" || key === "\u001b[A") this.#back = Math.min(last, this.#back + 1);
    else if (key === "d" || key === "\r") this.#hasDetails = !this.#hasDetails;
    else if (key === "r" && this.#chosen) this.#actions.retry(this.#chosen);
    else if (key === "o") this.#actions.open(this.#chosen);
    // In raw mode Ctrl-C is a key: it means what it always does.
    else if (key === "\u0003") process.kill(process.pid, "SIGINT");
    else if (key === "q") this.#actions.quit();
    this.#draw();
  }

  #draw(): void {
    if (this.#isEnded) return;
    const { columns } = this.#output;
    const rows = process.stdout.rows ?? 24;
    const most = Math.max(0, Math.min(Math.floor(rows / 2), rows - OTHER_ROWS - 1));
    const details = this.#hasDetails && this.#chosen ? detailsOf(this.#chosen, most) : [];
    const room = Math.max(1, rows - OTHER_ROWS - details.length);
    const end = this.#attempts.length - Math.max(0, this.#back - Math.floor(room / 2));
    const list = this.#attempts.slice(Math.max(0, end - room), end).map((attempt) => {
      const mark = attempt === this.#chosen ? this.#output.style("bold", "> ") : "  ";
      return mark + lineOf(this.#output, attempt);
    });
    const empty = this.#attempts.length === 0 ? [this.#output.style("dim", "  Nothing has come yet.")] : [];
    const head = `${this.#output.style("bold", this.#title)}  ${this.#state}`;
    const foot = this.#output.style("dim", "j/k move  d details  r retry  o open  q quit");
    const lines = [
      head,
      "",
      ...empty,
      ...list,
      ...details.map((line) => line.slice(0, columns)),
      this.#note,
      foot,
    ];
    this.#output.text(CLEAR + lines.slice(0, rows).join("\r\n"));
  }
}

/** What was sent and answered, in so many lines at the most. */
function detailsOf({ request, answer }: ShownAttempt, most: number): string[] {
  const headers = (of: Record<string, string>) =>
    Object.entries(of).map(([name, value]) => `  ${name}: ${value}`);
  const body = "status" in answer ? Buffer.from(answer.body, "base64").toString() : "";
  const answered =
    "status" in answer ? [`${answer.status}`, ...headers(answer.headers), body] : [answer.error];
  const lines = [
    ...[
      "",
      `${request.method} ${request.event_type} ${request.delivery_id}`,
      ...headers(request.headers),
      request.body,
    ],
    ...["", ...answered],
  ];
  return lines.slice(0, most).map(printable);
}

import { completedData } from "../dialects/atomic.ts";
import type { Event } from "../domain/event.ts";
import type { EventSpanPage } from "../domain/messages.ts";

/* The files of batched analytics: the events of an hour as text, made while they are read. */

/** One format: how a file begins, and the line of an event with its end. */
interface Format {
  contentType: string;
  head: string;
  line(event: Event): string;
}

export const formats = {
  ndjson: { contentType: "application/x-ndjson", head: "", line: (event) => `${oneLine(event)}\n` },
  csv: {
    contentType: "text/csv; charset=utf-8",
    head: "id,analyticsEvent,endUserId,timestamp,data\r\n",
    line: csvLine,
  },
} as const satisfies Record<string, Format>;

export type FormatName = keyof typeof formats;

/** The file as a stream: it holds one page of events at a time, however many the hour has. */
export function fileOf(
  format: Format,
  readPage: (after: number | undefined) => Promise<EventSpanPage>,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let text = format.head;
  let after: number | undefined;
  let isOver = false;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        // A page may come back empty with more behind it; a pull that gives nothing is not repeated.
        while (text === "" && !isOver) {
          const page = await readPage(after);
          for (const event of page.events) text += format.line(event);
          isOver = page.next === null;
          after = page.next ?? undefined;
        }
        if (text === "") return controller.close();
        controller.enqueue(encoder.encode(text));
        text = "";
      },
    },
    { highWaterMark: 0 },
  );
}

/** The event as its webhook carries it in `data`. White space between tokens is all that a line break can be in JSON. */
function oneLine(event: Event): string {
  return completedData(event).replace(/[\r\n]/g, " ");
}

/** RFC 4180; the whole event stands in the last column. */
function csvLine(event: Event): string {
  const line = oneLine(event);
  const { id, analyticsEvent, endUserId, timestamp } = JSON.parse(line) as Record<string, unknown>;
  return `${[id, analyticsEvent, endUserId, timestamp, line].map(csvField).join(",")}\r\n`;
}

function csvField(value: unknown): string {
  const text = value === undefined || value === null ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** What is published. */
export interface EventShape {
  type: string;
  /** So many types in turn, `type` with `.0`, `.1`, … behind it; null = `type` alone. */
  types: number | null;
  /** So many customers in turn, in `data.customer`; absent = none. */
  customers?: number;
  /** Bytes of an event's `data`. */
  dataBytes: number;
  /** Events per POST to the batch route; null = single POSTs. */
  batch: number | null;
  /** What is posted for one event, with `{data}` where its data goes; null = as this service takes it. */
  template: string | null;
  /** `data.n` of the first event; the next ones count up. */
  firstNumber: number;
}

/** The body of one POST: each event's data has its number and when it was sent (microseconds, `nowUs`). */
export function bodyOf(shape: EventShape, number: number, sentAtUs: number): string {
  if (shape.batch === null) return eventText(shape, number, sentAtUs);
  const events = Array.from({ length: shape.batch }, (_, i) => eventText(shape, number + i, sentAtUs));
  return `{"events":[${events.join()}]}`;
}

function eventText(shape: EventShape, number: number, sentAtUs: number): string {
  const { type: name, types, customers, dataBytes, template } = shape;
  const type = types === null ? name : `${name}.${number % types}`;
  const customer = customers === undefined ? "" : `"customer":${number % customers},`;
  const start = `{"n":${number},"sent_at":${sentAtUs},${customer}"filler":"`;
  const filler = FILLER.slice(0, Math.max(0, dataBytes - start.length - 2));
  const data = `${start}${filler}"}`;
  return template === null ? `{"type":"${type}","data":${data}}` : template.replaceAll("{data}", data);
}

const FILLER = "the quick brown fox jumps over the lazy dog ".repeat(256);

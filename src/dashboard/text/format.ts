/* Numbers, durations and sizes as the page writes them. */

const NUMBER = new Intl.NumberFormat("en-US");
const COMPACT = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });

/** "12,431". */
export function numberText(value: number): string {
  return NUMBER.format(value);
}

/** "12.4K" from 1,000 on. */
export function compactText(value: number): string {
  return value < 1000 ? NUMBER.format(value) : COMPACT.format(value);
}

/** "#4,812". */
export function sequenceText(sequence: number): string {
  return `#${NUMBER.format(sequence)}`;
}

/** "1 event", "12 events". */
export function countText(count: number, one: string, many = `${one}s`): string {
  return `${NUMBER.format(count)} ${count === 1 ? one : many}`;
}

/** "142ms", "1.2s": as the field publishes it. */
export function latencyText(milliseconds: number | null | undefined): string {
  if (milliseconds == null) return "–";
  return milliseconds < 1000 ? `${Math.round(milliseconds)}ms` : `${(milliseconds / 1000).toFixed(1)}s`;
}

/** "99.98%" of those that ended; "–" while none has. */
export function shareText(part: number, whole: number): string {
  if (whole === 0) return "–";
  const percent = (100 * part) / whole;
  // Rounding must not hide that something failed.
  const shown = part < whole ? Math.min(percent, 99.99) : 100;
  return shown === 100 ? "100%" : `${shown.toFixed(2)}%`;
}

/** "322 bytes", "2.1 KB". */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return countText(bytes, "byte");
  const [value, unit] = bytes < 1_000_000 ? [bytes / 1000, "KB"] : [bytes / 1_000_000, "MB"];
  return `${value.toFixed(1)} ${unit}`;
}

const UNITS: [name: string, seconds: number][] = [
  ["d", 86_400],
  ["h", 3600],
  ["min", 60],
  ["s", 1],
];

/** "10 s", "5 min", "1 d 14 h": the two largest units. */
export function durationText(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  const parts: string[] = [];
  let rest = Math.round(seconds);
  for (const [name, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${name}`);
    if (parts.length === 2 || (parts.length === 1 && count === 0)) break;
  }
  return parts.join(" ");
}

/** "1:54:16" until a time; "now" once it has come. */
export function countdownText(milliseconds: number): string {
  if (milliseconds <= 0) return "now";
  const seconds = Math.ceil(milliseconds / 1000);
  if (seconds < 60) return `in ${seconds} s`;
  const two = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  return hours > 0
    ? `in ${hours}:${two(minutes)}:${two(seconds % 60)}`
    : `in ${minutes}:${two(seconds % 60)}`;
}

/** A URL without its scheme: the name of an endpoint. */
export function endpointName(url: string): string {
  return url.replace(/^https?:\/\//, "").replace(/\/$/, "");
}

/** The host alone, where there is little room. */
export function hostOf(url: string): string {
  return endpointName(url).split("/")[0] ?? url;
}

const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  201: "Created",
  202: "Accepted",
  204: "No Content",
  301: "Moved Permanently",
  302: "Found",
  307: "Temporary Redirect",
  308: "Permanent Redirect",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  409: "Conflict",
  410: "Gone",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};

/** "503 Service Unavailable". */
export function statusText(status: number): string {
  const reason = REASONS[status];
  return reason === undefined ? String(status) : `${status} ${reason}`;
}

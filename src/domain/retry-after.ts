/*
 * `Retry-After` (RFC 9110, 10.2.3): seconds in digits, or one of the three forms of a date that HTTP knows (5.6.7).
 * Whatever else stands there asks for nothing: `Date.parse` takes `3600.5` and `2700, 1` for days.
 */

const DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const LONG_DAY = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day";
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const MONTH = `(?<month>${MONTHS.join("|")})`;
const TIME = "(?<hour>\\d{2}):(?<minute>\\d{2}):(?<second>\\d{2})";

const DATE_FORMS = [
  // IMF-fixdate: Sun, 06 Nov 1994 08:49:37 GMT
  new RegExp(`^${DAY}, (?<day>\\d{2}) ${MONTH} (?<year>\\d{4}) ${TIME} GMT$`),
  // RFC 850: Sunday, 06-Nov-94 08:49:37 GMT
  new RegExp(`^${LONG_DAY}, (?<day>\\d{2})-${MONTH}-(?<year>\\d{2}) ${TIME} GMT$`),
  // asctime: Sun Nov  6 08:49:37 1994
  new RegExp(`^${DAY} ${MONTH} (?<day>\\d{2}| \\d) ${TIME} (?<year>\\d{4})$`),
];

/** A year of two digits that seems this far in the future is one of the century before (RFC 9110, 5.6.7). */
const MOST_YEARS_AHEAD = 50;

/**
 * What a `Retry-After` asks for, milliseconds from `now` (Unix milliseconds), 0 where that time has passed; null where
 * it is neither digits nor a date.
 */
export function parseRetryAfter(text: string, nowMs: number): number | null {
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const date = parseHttpDate(text, nowMs);
  return date === null ? null : Math.max(0, date - nowMs);
}

/** An HTTP date as Unix milliseconds; null if it has none of the three forms, or names a day or time that is none. */
function parseHttpDate(text: string, nowMs: number): number | null {
  for (const form of DATE_FORMS) {
    const parts = form.exec(text)?.groups;
    if (parts) return toTime(parts, nowMs);
  }
  return null;
}

function toTime(parts: Record<string, string>, nowMs: number): number | null {
  const month = MONTHS.indexOf(parts.month ?? "");
  const [year, day, hour, minute, second] = [
    fullYear(parts.year ?? "", nowMs),
    ...[parts.day, parts.hour, parts.minute, parts.second].map(Number),
  ] as [number, number, number, number, number];
  // 60 is a leap second.
  if (hour > 23 || minute > 59 || second > 60) return null;
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  if (date.getUTCMonth() !== month || date.getUTCDate() !== day) return null;
  return date.setUTCHours(hour, minute, second);
}

function fullYear(text: string, nowMs: number): number {
  if (text.length === 4) return Number(text);
  const thisYear = new Date(nowMs).getUTCFullYear();
  const year = thisYear - (thisYear % 100) + Number(text);
  return year > thisYear + MOST_YEARS_AHEAD ? year - 100 : year;
}

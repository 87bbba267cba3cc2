/*
 * The formats that texts are checked for. Each takes time in proportion to the text, and most of them a text of a
 * bounded length only.
 */

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
const TIME = /^([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(?:\.\d{1,20})?(?:[zZ]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
const DURATION =
  /^P(?!$)(?:\d{1,20}W|(?:\d{1,20}Y)?(?:\d{1,20}M)?(?:\d{1,20}D)?(?:T(?=\d)(?:\d{1,20}H)?(?:\d{1,20}M)?(?:\d{1,20}S)?)?)$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** RFC 3986, as far as characters go: a scheme, then only what a URI may hold. */
const URI = /^[a-z][a-z0-9+.-]*:(?:[\w\-.~:/?#[\]@!$&'()*+,;=]|%[0-9a-f]{2})*$/i;
const EMAIL_LOCAL = /^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*$/;
const DOMAIN_LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
const HEX_GROUP = /^[0-9a-f]{1,4}$/i;

interface Format {
  maxLength: number;
  holds(text: string): boolean;
}

const formats = {
  "date-time": { maxLength: 64, holds: (text) => /^[tT ]$/.test(text[10] ?? "") && isDateTime(text) },
  date: { maxLength: 10, holds: isDate },
  time: { maxLength: 48, holds: (text) => TIME.test(text) },
  duration: { maxLength: 256, holds: (text) => DURATION.test(text) },
  email: { maxLength: 320, holds: isEmail },
  uri: { maxLength: 64 * 1024, holds: (text) => URI.test(text) },
  uuid: { maxLength: 36, holds: (text) => UUID.test(text) },
  ipv4: { maxLength: 15, holds: (text) => IPV4.test(text) },
  ipv6: { maxLength: 45, holds: isIpv6 },
} as const satisfies Record<string, Format>;

export type FormatName = keyof typeof formats;

export const FORMAT_NAMES = Object.keys(formats) as FormatName[];

/** How much of a text a format looks at: longer ones are not of it. */
export function maxLengthOf(format: string): number {
  return formats[format as FormatName].maxLength;
}

/** Whether a text is of a format. */
export function isOfFormat(text: string, format: string): boolean {
  const { maxLength, holds } = formats[format as FormatName] as Format;
  return text.length <= maxLength && holds(text);
}

function isDateTime(text: string): boolean {
  return isDate(text.slice(0, 10)) && TIME.test(text.slice(11));
}

function isDate(text: string): boolean {
  const [, year, month, day] = (DATE.exec(text) ?? []).map(Number);
  if (year === undefined || month === undefined || day === undefined) return false;
  // Day 0 of the next month is the last of this one. The calendar repeats after 400 years; Date.UTC reads 99 as 1999.
  const lastDay = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
  return month >= 1 && month <= 12 && day >= 1 && day <= lastDay;
}

function isEmail(text: string): boolean {
  const at = text.lastIndexOf("@");
  const labels = text.slice(at + 1).split(".");
  return (
    EMAIL_LOCAL.test(text.slice(0, Math.max(0, at))) && labels.every((label) => DOMAIN_LABEL.test(label))
  );
}

function isIpv6(text: string): boolean {
  const halves = text.split("::");
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  // The last 32 bits may be written as an IPv4 address: two groups in one.
  const last = groups.at(-1) ?? "";
  const hasIpv4 = last.includes(".") && text.endsWith(last);
  if (hasIpv4 && !IPV4.test(last)) return false;
  const count = groups.length + (hasIpv4 ? 1 : 0);
  return (
    (halves.length === 2 ? count <= 7 : count === 8) &&
    (hasIpv4 ? groups.slice(0, -1) : groups).every((group) => HEX_GROUP.test(group))
  );
}

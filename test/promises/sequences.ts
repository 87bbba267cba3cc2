/** A delivery's event and its number at the endpoint. */
export interface Numbered {
  event: string;
  sequence: number;
}

/** Numbers from 1 on, each there. */
export function gaps(sequences: Iterable<number>): string[] {
  const all = [...new Set(sequences)].sort((a, b) => a - b);
  const wrong = all.findIndex((sequence, index) => sequence !== index + 1);
  return wrong < 0 ? [] : [`sequence ${wrong + 1} never came`];
}

/** A sequence is one event's for good. */
export function sharedSequences(numbered: readonly Numbered[]): string[] {
  return changes(numbered.map(({ event, sequence }) => [`sequence ${sequence}`, `event ${event}`]));
}

/** An event that is never replayed keeps its sequence. */
export function changedSequences(numbered: readonly Numbered[]): string[] {
  return changes(numbered.map(({ event, sequence }) => [`event ${event}`, `sequence ${sequence}`]));
}

/** Names that stood for one thing, and then for another. */
function changes(pairs: readonly (readonly [name: string, thing: string])[]): string[] {
  const known = new Map<string, string>();
  return pairs.flatMap(([name, thing]) => {
    const before = known.get(name) ?? thing;
    known.set(name, before);
    return before === thing ? [] : [`${name} was ${before}'s, then ${thing}'s`];
  });
}

/** An event that was published: when its first request left, and when its 202 came (null = never). */
export interface Accepted {
  event: string;
  sentAt: number;
  acceptedAt: number | null;
}

/** What was sent after another's 202 has the higher sequence. `accepted` by ascending sequence. */
export function overtaken(accepted: readonly Accepted[]): string[] {
  const found: string[] = [];
  let latest: Accepted | null = null;
  for (const one of accepted) {
    if (latest && one.acceptedAt !== null && one.acceptedAt < latest.sentAt)
      found.push(
        `event ${one.event} has a higher sequence than event ${latest.event}, which was sent after its 202`,
      );
    if (!latest || one.sentAt > latest.sentAt) latest = one;
  }
  return found;
}

import type { Delivery, Page } from "../../sdk/client/index.ts";

/** A list that is newest first by itself, and how far it has been read. */
export interface Source {
  id: string;
  /** Read, but not yet shown. */
  rest: Delivery[];
  /** Where its next page begins; undefined = it has not been asked, null = there is none. */
  cursor: string | null | undefined;
}

/** Where a page begins: in lists that are merged, newest first, or in the workspace's own, which goes endpoint by endpoint. */
export type Place = { sources: Source[] } | { cursor: string | undefined };

/** Rows, and where the next page begins; null = there is none. */
export interface DeliveryPage {
  data: Delivery[];
  next: Place | null;
}

/** The lists of so many endpoints are merged; beyond it each page would ask too many. */
export const MERGED_ENDPOINTS = 32;

/**
 * The next page of several lists as one, newest first. The lists as they stand afterwards begin the page after it;
 * null = there is none.
 */
export async function nextOf(
  sources: readonly Source[],
  limit: number,
  pageOf: (id: string, cursor: string | undefined) => Promise<Page<Delivery>>,
): Promise<{ data: Delivery[]; next: Source[] | null }> {
  const data: Delivery[] = [];
  let left = sources.map((source) => ({ ...source, rest: [...source.rest] }));
  while (data.length < limit) {
    // Only with something of each list in hand is the newest of all known.
    await Promise.all(left.filter(({ rest }) => rest.length === 0).map((source) => readOn(source, pageOf)));
    left = left.filter(({ rest, cursor }) => rest.length > 0 || cursor !== null);
    const [newest] = left
      .filter(({ rest }) => rest.length > 0)
      .sort((one, other) => timeOf(other).localeCompare(timeOf(one)));
    const row = newest?.rest.shift();
    if (row !== undefined) data.push(row);
    else if (left.length === 0) return { data, next: null };
  }
  return { data, next: left };
}

async function readOn(
  source: Source,
  pageOf: (id: string, cursor: string | undefined) => Promise<Page<Delivery>>,
): Promise<void> {
  // A page may be short, even empty, without being the last.
  while (source.rest.length === 0 && source.cursor !== null) {
    const page = await pageOf(source.id, source.cursor);
    source.rest.push(...page.data);
    source.cursor = page.next_cursor;
  }
}

function timeOf({ rest }: Source): string {
  return rest[0]?.created_at ?? "";
}

import { desc } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { MASKED_DIALECTS } from "../dialects/index.ts";
import { caseFolded } from "../domain/case-folding.ts";
import type { Reach } from "../domain/scope.ts";
import { type EndpointListQuery, findEndpoints, listed } from "./endpoints.ts";
import { type EndpointRow, endpoints } from "./tables.ts";

/** Endpoints that one page of a search looks at, and how many of them at a time: their texts fold on the one thread. */
const SEARCHED_PER_PAGE = 1000;
const SEARCHED_AT_ONCE = 200;

/**
 * A page of the endpoints that hold a text in the description or, where that is no secret, in the URL; whatever the
 * case. Newest first. SQLite knows the case of ASCII alone, so that they are looked at here: a bounded number, after
 * which the page comes back short. `next`: the id before which the next page starts.
 */
export async function searchEndpoints(
  db: D1Database,
  reach: Reach,
  text: string,
  query: EndpointListQuery,
): Promise<{ rows: EndpointRow[]; next: string | null }> {
  const wanted = caseFolded(text);
  const found: string[] = [];
  let before = query.before;
  let isOver = false;
  for (let searched = 0; !isOver && searched < SEARCHED_PER_PAGE && found.length < query.limit; ) {
    const candidates = await drizzle(db)
      .select({
        id: endpoints.id,
        dialect: endpoints.dialect,
        url: endpoints.url,
        description: endpoints.description,
      })
      .from(endpoints)
      .where(listed(reach, { ...query, before }))
      .orderBy(desc(endpoints.id))
      .limit(SEARCHED_AT_ONCE);
    isOver = candidates.length < SEARCHED_AT_ONCE;
    searched += candidates.length;
    for (const candidate of candidates) {
      if (found.length === query.limit) {
        isOver = false;
        break;
      }
      before = candidate.id;
      if (searchable(candidate).some((part) => caseFolded(part).includes(wanted))) found.push(candidate.id);
    }
  }
  const rows = new Map((await findEndpoints(db, reach, found)).map((row) => [row.id, row]));
  return { rows: found.flatMap((id) => rows.get(id) ?? []), next: isOver ? null : (before ?? null) };
}

/** A secret URL could be guessed letter by letter if it were searched. */
function searchable({ dialect, url, description }: Pick<EndpointRow, "dialect" | "url" | "description">) {
  return MASKED_DIALECTS.includes(dialect) ? [description] : [url, description];
}

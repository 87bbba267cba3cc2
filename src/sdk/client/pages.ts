import type { Http, Query, RequestOptions } from "./http.ts";

/** A page of a list. */
export interface Page<Item> {
  data: Item[];
  /** Null ends the list; a page may be short, even empty, without being the last. */
  next_cursor: string | null;
}

/**
 * A list of the API: `for await (const item of list)` goes through all of it, page by page; `await list.page(cursor)`
 * gives one page.
 */
export class List<Item> implements AsyncIterable<Item> {
  readonly #http: Http;
  readonly #path: string;
  readonly #query: Query;
  readonly #options: RequestOptions;

  constructor(http: Http, path: string, query: Query = {}, options: RequestOptions = {}) {
    this.#http = http;
    this.#path = path;
    this.#query = query;
    this.#options = options;
  }

  /** One page; without a cursor the first. */
  page(cursor?: string): Promise<Page<Item>> {
    return this.#http.request("GET", this.#path, { query: { ...this.#query, cursor }, ...this.#options });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item> {
    let cursor: string | undefined;
    do {
      const page = await this.page(cursor);
      yield* page.data;
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
  }
}

import type { Inbox, InboxChange, InboxRequest, InboxWithCount, NewInbox } from "./bodies.ts";
import type { RequestOptions } from "./http.ts";
import { List } from "./pages.ts";
import { Resource } from "./resources.ts";

/** `/v1/inboxes`: receivers of the service itself, to try things with. */
export class Inboxes extends Resource {
  create(inbox: NewInbox = {}, options?: RequestOptions): Promise<Inbox> {
    return this.http.request("POST", "/v1/inboxes", { body: inbox, ...options });
  }

  /** Newest first. */
  list(options?: RequestOptions): List<Inbox> {
    return new List(this.http, "/v1/inboxes", {}, options);
  }

  get(id: string, options?: RequestOptions): Promise<InboxWithCount> {
    return this.http.request("GET", pathOf(id), options);
  }

  update(id: string, change: InboxChange, options?: RequestOptions): Promise<Inbox> {
    return this.http.request("PATCH", pathOf(id), { body: change, ...options });
  }

  /** What arrived, newest first, with what the signature said. */
  requests(id: string, query: { limit?: number } = {}, options?: RequestOptions): List<InboxRequest> {
    return new List(this.http, pathOf(id, "/requests"), query, options);
  }

  delete(id: string, options?: RequestOptions): Promise<void> {
    return this.http.request("DELETE", pathOf(id), options);
  }
}

function pathOf(id: string, rest = ""): string {
  return `/v1/inboxes/${encodeURIComponent(id)}${rest}`;
}

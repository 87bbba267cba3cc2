import type {
  ApiKey,
  AuditEntry,
  AuditQuery,
  CreatedApiKey,
  CreatedWorkspace,
  CurrentKey,
  EventType,
  EventTypeInput,
  EventTypeQuery,
  NewApiKey,
  NewEventType,
  NewPortalSession,
  NewWorkspace,
  PortalSession,
  SampleRequest,
  Workspace,
  WorkspaceChange,
} from "./bodies.ts";
import type { Http, RequestOptions } from "./http.ts";
import { List } from "./pages.ts";

/** What every resource stands on. */
export class Resource {
  protected readonly http: Http;

  constructor(http: Http) {
    this.http = http;
  }
}

/** `/v1/event-types`. */
export class EventTypes extends Resource {
  list(query?: EventTypeQuery, options?: RequestOptions): List<EventType> {
    return new List(this.http, "/v1/event-types", query, options);
  }

  get(type: string, options?: RequestOptions): Promise<EventType> {
    return this.http.request("GET", typePath(type), options);
  }

  create(eventType: NewEventType, options?: RequestOptions): Promise<EventType> {
    return this.http.request("POST", "/v1/event-types", { body: eventType, ...options });
  }

  /** Makes it, or replaces it whole. */
  put(type: string, eventType: EventTypeInput, options?: RequestOptions): Promise<EventType> {
    return this.http.request("PUT", typePath(type), { body: eventType, ...options });
  }

  delete(type: string, options?: RequestOptions): Promise<void> {
    return this.http.request("DELETE", typePath(type), options);
  }

  /** Its sample as it would go over the wire in a dialect, with that dialect's options. */
  sample(
    type: string,
    dialect?: string | { dialect: string; dialect_options: Readonly<Record<string, string>> },
    options?: RequestOptions,
  ): Promise<SampleRequest> {
    const query =
      typeof dialect === "object"
        ? { ...dialect, dialect_options: JSON.stringify(dialect.dialect_options) }
        : { dialect };
    return this.http.request("GET", `${typePath(type)}/sample`, { query, ...options });
  }
}

/** `/v1/keys`. */
export class Keys extends Resource {
  /** The key itself is in this answer and nowhere else. */
  create(key: NewApiKey, options?: RequestOptions): Promise<CreatedApiKey> {
    return this.http.request("POST", "/v1/keys", { body: key, ...options });
  }

  /** Whose key it is that the client uses. */
  current(options?: RequestOptions): Promise<CurrentKey> {
    return this.http.request("GET", "/v1/keys/current", options);
  }

  list(options?: RequestOptions): List<ApiKey> {
    return new List(this.http, "/v1/keys", {}, options);
  }

  revoke(id: string, options?: RequestOptions): Promise<void> {
    return this.http.request("DELETE", `/v1/keys/${encodeURIComponent(id)}`, options);
  }
}

/** `/v1/workspace`: the key's own. */
export class OwnWorkspace extends Resource {
  get(options?: RequestOptions): Promise<Workspace> {
    return this.http.request("GET", "/v1/workspace", options);
  }

  update(change: WorkspaceChange, options?: RequestOptions): Promise<Workspace> {
    return this.http.request("PATCH", "/v1/workspace", { body: change, ...options });
  }
}

/** `/v1/workspaces`: the operator's, with ADMIN_TOKEN as the key. */
export class Workspaces extends Resource {
  create(workspace: NewWorkspace, options?: RequestOptions): Promise<CreatedWorkspace> {
    return this.http.request("POST", "/v1/workspaces", { body: workspace, ...options });
  }

  list(options?: RequestOptions): List<Workspace> {
    return new List(this.http, "/v1/workspaces", {}, options);
  }

  get(id: string, options?: RequestOptions): Promise<Workspace> {
    return this.http.request("GET", workspacePath(id), options);
  }

  update(id: string, change: WorkspaceChange, options?: RequestOptions): Promise<Workspace> {
    return this.http.request("PATCH", workspacePath(id), { body: change, ...options });
  }

  delete(id: string, options?: RequestOptions): Promise<void> {
    return this.http.request("DELETE", workspacePath(id), options);
  }

  /** A key for a workspace whose keys are lost. */
  createKey(id: string, key: NewApiKey, options?: RequestOptions): Promise<CreatedApiKey> {
    return this.http.request("POST", `${workspacePath(id)}/keys`, { body: key, ...options });
  }
}

/** `/v1/portal-sessions`. */
export class PortalSessions extends Resource {
  create(session: NewPortalSession = {}, options?: RequestOptions): Promise<PortalSession> {
    return this.http.request("POST", "/v1/portal-sessions", { body: session, ...options });
  }
}

/** `/v1/audit`. */
export class Audit extends Resource {
  list(query?: AuditQuery, options?: RequestOptions): List<AuditEntry> {
    return new List(this.http, "/v1/audit", query, options);
  }
}

function typePath(type: string): string {
  return `/v1/event-types/${encodeURIComponent(type)}`;
}

function workspacePath(id: string): string {
  return `/v1/workspaces/${encodeURIComponent(id)}`;
}

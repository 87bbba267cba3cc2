import { Endpoints } from "./endpoints.ts";
import { Events } from "./events.ts";
import { type ClientOptions, Http } from "./http.ts";
import { Inboxes } from "./inboxes.ts";
import { Audit, EventTypes, Keys, OwnWorkspace, PortalSessions, Workspaces } from "./resources.ts";
import { Deliveries, Replays, Stats } from "./workspace-wide.ts";

/**
 * A client of the API: `const atlas = new Atlas({ key })`. Every method resolves with the answer's body and throws
 * AtlasError; what is safe to repeat is repeated.
 */
export class Atlas {
  readonly events: Events;
  readonly endpoints: Endpoints;
  readonly deliveries: Deliveries;
  readonly replays: Replays;
  readonly stats: Stats;
  readonly eventTypes: EventTypes;
  readonly keys: Keys;
  readonly workspace: OwnWorkspace;
  readonly workspaces: Workspaces;
  readonly portalSessions: PortalSessions;
  readonly inboxes: Inboxes;
  readonly audit: Audit;

  constructor(options: ClientOptions) {
    const http = new Http(options);
    this.events = new Events(http);
    this.endpoints = new Endpoints(http);
    this.deliveries = new Deliveries(http);
    this.replays = new Replays(http);
    this.stats = new Stats(http);
    this.eventTypes = new EventTypes(http);
    this.keys = new Keys(http);
    this.workspace = new OwnWorkspace(http);
    this.workspaces = new Workspaces(http);
    this.portalSessions = new PortalSessions(http);
    this.inboxes = new Inboxes(http);
    this.audit = new Audit(http);
  }
}

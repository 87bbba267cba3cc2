import type { z } from "zod";
import type { auditEntry, auditListQuery } from "../../contract/audit.ts";
import type {
  attempt,
  cancelInput,
  delivery,
  deliveryRequest,
  deliverySweep,
  deliveryWithAttempts,
  endpointDeliveryListQuery,
  eventDeliveryList,
  eventReplayAnswer,
  workspaceDeliveryListQuery,
} from "../../contract/delivery.ts";
import type {
  createdEndpoint,
  endpoint,
  endpointChange,
  endpointListQuery,
  endpointPreview,
  newEndpoint,
  newestPreview,
  newestPreviewAnswer,
  previewAnswer,
} from "../../contract/endpoint.ts";
import type { endpointSecret, rotatedSecret, secretRotation } from "../../contract/endpoint-secret.ts";
import type {
  endpointVersion,
  endpointVersionList,
  restoredEndpoint,
} from "../../contract/endpoint-version.ts";
import type { acceptedEvent, event, eventListQuery, eventSummary, newEvent } from "../../contract/event.ts";
import type {
  eventType,
  eventTypeInput,
  eventTypeListQuery,
  newEventType,
  sampleRequest,
} from "../../contract/event-type.ts";
import type { eventExplanation, eventForecast } from "../../contract/explain.ts";
import type { inbox, inboxChange, inboxRequestList, newInbox, shownInbox } from "../../contract/inbox.ts";
import type { newPortalSession, portalSession } from "../../contract/portal.ts";
import type { pullAck, pullAcked, pulledEvents } from "../../contract/pull.ts";
import type { endpointQueue } from "../../contract/queue.ts";
import type { replay, replayInput, replayJob, replayJobInput } from "../../contract/replay-job.ts";
import type { searchInput, searchResult } from "../../contract/search.ts";
import type { endpointStats, statsQuery, workspaceStats, workspaceStatsQuery } from "../../contract/stats.ts";
import type { tailMessage, tailTicket } from "../../contract/tail.ts";
import type {
  apiKey,
  createdApiKey,
  createdWorkspace,
  currentKey,
  newApiKey,
  newWorkspace,
  workspace,
  workspaceChange,
} from "../../contract/workspace.ts";

/* What the API takes and answers, as its schema says it: types only, nothing of the schema reaches who imports them. */

/** A list's query: all of it may be left out, and the client fills in the cursor. */
type Query<Schema extends z.ZodType> = {
  [Name in Exclude<keyof z.input<Schema>, "cursor">]?: Name extends "limit" ? number : z.input<Schema>[Name];
};

export type Workspace = z.output<typeof workspace>;
export type NewWorkspace = z.input<typeof newWorkspace>;
export type CreatedWorkspace = z.output<typeof createdWorkspace>;
export type WorkspaceChange = z.input<typeof workspaceChange>;

export type ApiKey = z.output<typeof apiKey>;
export type NewApiKey = z.input<typeof newApiKey>;
export type CurrentKey = z.output<typeof currentKey>;
export type CreatedApiKey = z.output<typeof createdApiKey>;

export type NewEvent = z.input<typeof newEvent>;
export type AcceptedEvent = z.output<typeof acceptedEvent>;
export type EventSummary = z.output<typeof eventSummary>;
export type Event = z.output<typeof event>;
export type EventQuery = Query<typeof eventListQuery>;
export type EventDeliveries = z.output<typeof eventDeliveryList>;
export type EventExplanation = z.output<typeof eventExplanation>;
export type EventForecast = z.output<typeof eventForecast>;
export type EventReplays = z.output<typeof eventReplayAnswer>;

export type Endpoint = z.output<typeof endpoint>;
export type CreatedEndpoint = z.output<typeof createdEndpoint>;
export type NewEndpoint = z.input<typeof newEndpoint>;
export type EndpointChange = z.input<typeof endpointChange>;
export type EndpointQuery = Query<typeof endpointListQuery>;
export type EndpointQueue = z.output<typeof endpointQueue>;
export type EndpointSecret = z.output<typeof endpointSecret>;
export type SecretRotation = z.input<typeof secretRotation>;
export type RotatedSecret = z.output<typeof rotatedSecret>;
export type EndpointPreview = z.input<typeof endpointPreview>;
export type NewestPreview = z.input<typeof newestPreview>;
export type NewestPreviewAnswer = z.output<typeof newestPreviewAnswer>;
export type PreviewAnswer = z.output<typeof previewAnswer>;
export type EndpointStats = z.output<typeof endpointStats>;
export type WorkspaceStats = z.output<typeof workspaceStats>;
export type WorkspaceStatsQuery = Query<typeof workspaceStatsQuery>;
export type StatsWindow = z.input<typeof statsQuery>["window"];

export type PulledEvents = z.output<typeof pulledEvents>;
export type PullAck = z.input<typeof pullAck>;
export type PullAcked = z.output<typeof pullAcked>;

export type Delivery = z.output<typeof delivery>;
export type DeliveryWithAttempts = z.output<typeof deliveryWithAttempts>;
export type Attempt = z.output<typeof attempt>;
export type DeliveryQuery = Query<typeof endpointDeliveryListQuery>;
export type WorkspaceDeliveryQuery = Query<typeof workspaceDeliveryListQuery>;
export type DeliveryRequest = z.output<typeof deliveryRequest>;
export type DeliverySweep = z.output<typeof deliverySweep>;
export type CancelSelection = z.input<typeof cancelInput>;

export type TailMessage = z.output<typeof tailMessage>;
export type TailTicket = z.output<typeof tailTicket>;

export type ReplayJob = z.output<typeof replayJob>;
export type Replay = z.output<typeof replay>;
export type NewReplay = z.input<typeof replayInput>;
export type NewReplayJob = z.input<typeof replayJobInput>;

export type EventType = z.output<typeof eventType>;
export type EventTypeInput = z.input<typeof eventTypeInput>;
export type NewEventType = z.input<typeof newEventType>;
export type EventTypeQuery = Query<typeof eventTypeListQuery>;
export type SampleRequest = z.output<typeof sampleRequest>;

export type Inbox = z.output<typeof inbox>;
export type InboxWithCount = z.output<typeof shownInbox>;
export type NewInbox = z.input<typeof newInbox>;
export type InboxChange = z.input<typeof inboxChange>;
export type InboxRequest = z.output<typeof inboxRequestList>["data"][number];

export type PortalSession = z.output<typeof portalSession>;
export type NewPortalSession = z.input<typeof newPortalSession>;

export type EndpointVersion = z.output<typeof endpointVersionList>["data"][number];
export type EndpointVersionWithState = z.output<typeof endpointVersion>;
export type RestoredEndpoint = z.output<typeof restoredEndpoint>;

export type EventSearch = z.input<typeof searchInput>;
export type EventSearchResult = z.output<typeof searchResult>;

export type AuditEntry = z.output<typeof auditEntry>;
export type AuditQuery = Query<typeof auditListQuery>;

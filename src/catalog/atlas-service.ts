import { ATLAS, changed, deleted, record } from "./atlas-record.ts";
import { type CatalogType, inCategory } from "./catalog-type.ts";
import { type Fields, flag, integer, list, nullable, number, object, text, time, url } from "./shape.ts";

/* The native contract's types: meetings, calls, tickets, subscriptions. Only `id` is required, as in atlas-sales.ts. */

const meeting = (...fields: Fields[]) =>
  record(
    "meet_01HFXZW4RC",
    {
      title: text("Northwind — product demo"),
      starts_at: time("2026-04-14T15:00:00.000Z"),
      ends_at: time("2026-04-14T15:30:00.000Z"),
      location: text("https://meet.example/north-wind-demo"),
      host_id: text("user_01HFXZQK7M"),
      contact_ids: list(text("contact_01HFXZPA5E")),
      deal_id: nullable(text("deal_01HFXZR2V3")),
      status: text("scheduled"),
    },
    ...fields,
  );

const meetings = inCategory("Meetings", ATLAS, [
  ["meeting.created", "A meeting was booked.", meeting()],
  [
    "meeting.updated",
    "Fields of a meeting changed.",
    meeting(changed, { changed_fields: list(text("title")) }),
  ],
  [
    "meeting.rescheduled",
    "A meeting was moved to another time.",
    meeting(changed, { previous_starts_at: time("2026-04-13T15:00:00.000Z") }),
  ],
  ["meeting.started", "A meeting began.", meeting({ status: text("in_progress") })],
  [
    "meeting.completed",
    "A meeting ended.",
    meeting({ status: text("completed"), duration_seconds: integer(1730) }),
  ],
  ["meeting.no_show", "Nobody of the invited came.", meeting({ status: text("no_show") })],
  [
    "meeting.canceled",
    "A meeting was canceled.",
    meeting({ status: text("canceled"), cancel_reason: nullable(text("conflict")) }),
  ],
  ["meeting.deleted", "A meeting was deleted.", meeting(deleted)],
]);

const call = (...fields: Fields[]) =>
  record(
    "call_01HFXZX1NK",
    {
      direction: text("outbound"),
      from: text("+15550100100"),
      to: text("+15550104477"),
      status: text("in_progress"),
      user_id: text("user_01HFXZQK7M"),
      contact_id: nullable(text("contact_01HFXZPA5E")),
      started_at: time("2026-04-07T14:13:05.000Z"),
    },
    ...fields,
  );

const ended = { ended_at: time("2026-04-07T14:19:57.000Z"), duration_seconds: integer(412) };

const calls = inCategory("Calls", ATLAS, [
  ["call.created", "A call was placed or came in.", call({ status: text("ringing") })],
  ["call.started", "A call was answered.", call()],
  [
    "call.completed",
    "A call ended.",
    call(ended, { status: text("completed"), disposition: text("interested") }),
  ],
  ["call.missed", "A call was not answered.", call({ status: text("missed") })],
  ["call.voicemail", "A voicemail was left.", call(ended, { status: text("voicemail") })],
  [
    "call.recording_ready",
    "A call's recording can be fetched.",
    call(ended, { recording_url: url("https://files.example/recordings/call_01HFXZX1NK.mp3") }),
  ],
  [
    "call.transcribed",
    "A call's transcript is there.",
    call(ended, { transcript: text("Maya: Could we start with a pilot?"), language: text("en") }),
  ],
  ["call.updated", "Fields of a call changed.", call(ended, changed)],
  ["call.deleted", "A call was deleted.", call(deleted)],
]);

const ticket = (...fields: Fields[]) =>
  record(
    "ticket_01HFXZY8SG",
    {
      subject: text("Import stops at row 500"),
      status: text("open"),
      priority: text("high"),
      channel: text("email"),
      contact_id: text("contact_01HFXZPA5E"),
      assignee_id: nullable(text("user_01HFXZQ2TB")),
      tags: list(text("import")),
      created_at: time("2026-04-20T07:55:31.000Z"),
    },
    ...fields,
  );

const tickets = inCategory("Tickets", ATLAS, [
  ["ticket.created", "A ticket was opened.", ticket()],
  ["ticket.updated", "Fields of a ticket changed.", ticket(changed, { changed_fields: list(text("tags")) })],
  [
    "ticket.assigned",
    "A ticket was given to somebody.",
    ticket(changed, { previous_assignee_id: nullable(text("user_01HFXZQK7M")) }),
  ],
  [
    "ticket.status_changed",
    "A ticket's status changed.",
    ticket(changed, { status: text("pending"), previous_status: text("open") }),
  ],
  [
    "ticket.priority_changed",
    "A ticket's priority changed.",
    ticket(changed, { priority: text("urgent"), previous_priority: text("high") }),
  ],
  [
    "ticket.commented",
    "Somebody wrote into a ticket.",
    ticket({
      comment: object({ id: text("cmt_01HFXZZ3BA"), text: text("We found the cause."), public: flag(true) }),
    }),
  ],
  [
    "ticket.resolved",
    "A ticket was resolved.",
    ticket({ status: text("resolved"), resolved_at: time("2026-04-21T10:04:00.000Z") }),
  ],
  ["ticket.reopened", "A resolved ticket was opened again.", ticket(changed)],
  ["ticket.closed", "A ticket was closed.", ticket({ status: text("closed") })],
  ["ticket.deleted", "A ticket was deleted.", ticket(deleted)],
]);

const subscription = (...fields: Fields[]) =>
  record(
    "sub_01HFY00D6T",
    {
      customer_id: text("contact_01HFXZPA5E"),
      plan: text("team"),
      status: text("active"),
      quantity: integer(25),
      amount: number(1225),
      currency: text("USD"),
      interval: text("month"),
      current_period_end: time("2026-07-01T00:00:00.000Z"),
      created_at: time("2026-06-01T00:00:00.000Z"),
    },
    ...fields,
  );

const subscriptions = inCategory("Subscriptions", ATLAS, [
  ["subscription.created", "A subscription was created.", subscription()],
  [
    "subscription.updated",
    "Fields of a subscription changed.",
    subscription(changed, { changed_fields: list(text("quantity")) }),
  ],
  ["subscription.activated", "A subscription became active.", subscription()],
  [
    "subscription.trial_ending",
    "A trial ends within three days.",
    subscription({ status: text("trialing"), trial_ends_at: time("2026-06-15T00:00:00.000Z") }),
  ],
  ["subscription.renewed", "A subscription began its next period.", subscription()],
  [
    "subscription.upgraded",
    "A subscription moved to a larger plan.",
    subscription({ plan: text("business"), previous_plan: text("team") }),
  ],
  [
    "subscription.downgraded",
    "A subscription moved to a smaller plan.",
    subscription({ plan: text("starter"), previous_plan: text("team") }),
  ],
  ["subscription.past_due", "A payment is overdue.", subscription({ status: text("past_due") })],
  ["subscription.paused", "A subscription was paused.", subscription({ status: text("paused") })],
  ["subscription.resumed", "A paused subscription goes on.", subscription()],
  [
    "subscription.canceled",
    "A subscription was canceled.",
    subscription({ status: text("canceled"), canceled_at: time("2026-06-20T12:00:00.000Z") }),
  ],
  ["subscription.deleted", "A subscription was deleted.", subscription(deleted)],
]);

export const atlasService: CatalogType[] = [...meetings, ...calls, ...tickets, ...subscriptions];

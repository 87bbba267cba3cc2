import { ATLAS, changed, deleted, record } from "./atlas-record.ts";
import { type CatalogType, inCategory } from "./catalog-type.ts";
import { day, type Fields, flag, integer, list, nullable, number, text, time } from "./shape.ts";

/*
 * The native contract's types: deals, contacts, activities, tasks. Its document names some of them; the others complete
 * "every mutation fires an event". Only `id` is required, so that a publisher may send as much as it has.
 */

/** Types that brokerages use under the same name. */
const ATLAS_AND_BROKERS = ["atlas", "brokers"];

const deal = (...fields: Fields[]) =>
  record(
    "deal_01HFXZR2V3",
    {
      name: text("Northwind — annual plan"),
      value: number(48000),
      currency: text("USD"),
      stage: text("qualified"),
      pipeline_id: text("pipe_new_business"),
      owner_id: text("user_01HFXZQK7M"),
      contact_id: text("contact_01HFXZPA5E"),
      expected_close_date: day("2026-06-30"),
      tags: list(text("enterprise")),
      created_at: time("2026-04-05T19:34:38.000Z"),
    },
    ...fields,
  );

const deals = [
  ...inCategory("Deals", ATLAS_AND_BROKERS, [["deal.created", "A deal was created.", deal()]]),
  ...inCategory("Deals", ATLAS, [
    ["deal.updated", "Fields of a deal changed.", deal(changed, { changed_fields: list(text("value")) })],
    [
      "deal.stage_changed",
      "A deal moved to another stage.",
      deal(changed, { stage: text("negotiation"), previous_stage: text("qualified") }),
    ],
    [
      "deal.value_changed",
      "The value of a deal changed.",
      deal(changed, { value: number(56000), previous_value: number(48000) }),
    ],
    [
      "deal.owner_changed",
      "A deal was given to another owner.",
      deal(changed, { previous_owner_id: text("user_01HFXZQ2TB") }),
    ],
    [
      "deal.closed_won",
      "A deal was won.",
      deal(changed, { stage: text("closed_won"), closed_at: time("2026-05-28T15:02:11.000Z") }),
    ],
    [
      "deal.closed_lost",
      "A deal was lost.",
      deal(changed, {
        stage: text("closed_lost"),
        closed_at: time("2026-05-28T15:02:11.000Z"),
        lost_reason: text("budget"),
      }),
    ],
    [
      "deal.reopened",
      "A closed deal was opened again.",
      deal(changed, { previous_stage: text("closed_lost") }),
    ],
    ["deal.deleted", "A deal was deleted.", deal(deleted)],
  ]),
];

const contact = (...fields: Fields[]) =>
  record(
    "contact_01HFXZPA5E",
    {
      first_name: text("Maya"),
      last_name: text("Lindqvist"),
      email: text("maya.lindqvist@northwind.example"),
      phone: text("+15550104477"),
      company: text("Northwind"),
      title: text("Head of Operations"),
      owner_id: text("user_01HFXZQK7M"),
      tags: list(text("champion")),
      created_at: time("2026-03-18T09:12:44.000Z"),
    },
    ...fields,
  );

const contacts = [
  ...inCategory("Contacts", ATLAS_AND_BROKERS, [["contact.created", "A contact was created.", contact()]]),
  ...inCategory("Contacts", ATLAS, [
    [
      "contact.updated",
      "Fields of a contact changed.",
      contact(changed, { changed_fields: list(text("title")) }),
    ],
    [
      "contact.merged",
      "Contacts were merged into one; `id` is the one that remains.",
      contact(changed, { merged_ids: list(text("contact_01HFXZN8W2")) }),
    ],
    [
      "contact.owner_changed",
      "A contact was given to another owner.",
      contact(changed, { previous_owner_id: text("user_01HFXZQ2TB") }),
    ],
    ["contact.deleted", "A contact was deleted.", contact(deleted)],
  ]),
];

const activity = (kind: string, ...fields: Fields[]) =>
  record(
    "act_01HFXZT6HD",
    {
      kind: text(kind),
      subject: text("Follow-up on pricing"),
      contact_id: text("contact_01HFXZPA5E"),
      deal_id: nullable(text("deal_01HFXZR2V3")),
      user_id: text("user_01HFXZQK7M"),
      occurred_at: time("2026-04-07T14:20:00.000Z"),
    },
    ...fields,
  );

const activities = inCategory("Activities", ATLAS, [
  [
    "activity.email",
    "An email was logged.",
    activity("email", { direction: text("outbound"), opened: flag(false) }),
  ],
  ["activity.call", "A call was logged.", activity("call", { duration_seconds: integer(412) })],
  ["activity.meeting", "A meeting was logged.", activity("meeting", { duration_seconds: integer(1800) })],
  ["activity.note", "A note was logged.", activity("note", { text: text("Wants a pilot in Q3.") })],
  ["activity.updated", "A logged activity changed.", activity("call", changed)],
  ["activity.deleted", "A logged activity was deleted.", activity("call", deleted)],
]);

const task = (...fields: Fields[]) =>
  record(
    "task_01HFXZV9QJ",
    {
      title: text("Send the order form"),
      status: text("open"),
      priority: text("high"),
      assignee_id: text("user_01HFXZQK7M"),
      deal_id: nullable(text("deal_01HFXZR2V3")),
      due_at: nullable(time("2026-04-10T16:00:00.000Z")),
      created_at: time("2026-04-07T14:25:00.000Z"),
    },
    ...fields,
  );

const tasks = inCategory("Tasks", ATLAS, [
  ["task.created", "A task was created.", task()],
  ["task.updated", "Fields of a task changed.", task(changed, { changed_fields: list(text("due_at")) })],
  [
    "task.assigned",
    "A task was given to somebody.",
    task(changed, { previous_assignee_id: nullable(text("user_01HFXZQ2TB")) }),
  ],
  [
    "task.completed",
    "A task was completed.",
    task({ status: text("completed"), completed_at: time("2026-04-09T11:41:09.000Z") }),
  ],
  ["task.reopened", "A completed task was opened again.", task(changed)],
  ["task.overdue", "A task's due time passed while it was open.", task()],
  ["task.deleted", "A task was deleted.", task(deleted)],
]);

export const atlasSales: CatalogType[] = [...deals, ...contacts, ...activities, ...tasks];

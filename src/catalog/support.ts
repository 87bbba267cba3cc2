import { type CatalogType, inCategory, type TypeRow } from "./catalog-type.ts";
import { type Fields, flag, list, nullable, object, text, time } from "./shape.ts";

/* The 15 topics of the customer-support contract, with the categories of its document. */

const SUPPORT = ["support"];

const customer: Fields = {
  id: text("cus_4c81"),
  company_id: text("com_77"),
  external_user_id: nullable(text("u_3021")),
  first_name: text("Zoë"),
  last_name: text("Arnaud"),
  email: text("zoe.arnaud@mail.example"),
  phone: nullable(text("+33155501044")),
  custom_fields: list(object({}, { key: text("plan"), value: text("team") })),
  created_at: time("2026-02-11T08:30:00.000Z"),
  updated_at: time("2026-04-22T09:47:13.000Z"),
};

const conversation: Fields = {
  id: text("conv_9d02"),
  number: text("2041"),
  company_id: text("com_77"),
  customer_id: text("cus_4c81"),
  subject: text("Import stops at row 500"),
  status: text("OPEN"),
  priority: text("HIGH"),
  channel: text("EMAIL"),
  assigned_agent_id: nullable(text("agent_18")),
  tags: list(text("import")),
  started_at: time("2026-04-22T09:30:00.000Z"),
};

const linked: Fields = {
  account_id: text("acc_510"),
  customer_id: text("cus_4c81"),
  company_id: text("com_77"),
};

/** As the document's sample has it. */
const note: Fields = {
  id: text("note_61e4"),
  company_id: text("com_77"),
  object_type: text("customer"),
  object_id: text("cus_4c81"),
  text: text("Prefers to be called in the morning."),
  created_by: text("agent_18"),
  created_at: time("2026-04-22T09:51:02.000Z"),
  updated_at: time("2026-04-22T09:51:02.000Z"),
  creator: object({}, { id: text("agent_18"), first_name: text("Ines"), last_name: text("Okafor") }),
  edited: flag(false),
};

const of = (fields: Fields, more: Fields = {}) => object({}, { ...fields, ...more });

const conversations: TypeRow[] = [
  ["conversation", "A conversation changed.", of(conversation)],
  [
    "conversation.agent",
    "A conversation was given to another agent.",
    of(conversation, { previous_agent_id: nullable(text("agent_03")) }),
  ],
  [
    "conversation.tags",
    "A conversation's tags changed.",
    of(conversation, { previous_tags: list(text("new"), []) }),
  ],
  [
    "conversation.custom_field",
    "A custom field of a conversation changed.",
    of(conversation, { custom_field: object({}, { key: text("severity"), value: text("major") }) }),
  ],
  [
    "conversation.status",
    "A conversation's status changed.",
    of(conversation, { status: text("CLOSED"), previous_status: text("OPEN") }),
  ],
  [
    "conversation.priority",
    "A conversation's priority changed.",
    of(conversation, { priority: text("URGENT"), previous_priority: text("HIGH") }),
  ],
];

const customers: TypeRow[] = [
  ["customer", "A customer changed.", of(customer)],
  ["customer.identify", "A customer was identified.", of(customer)],
  ["customer.created", "A customer was created.", of(customer)],
  ["customer.updated", "Fields of a customer changed.", of(customer)],
  ["customer.custom_fields", "Custom fields of a customer changed.", of(customer)],
];

export const support: CatalogType[] = [
  ...inCategory("ACCOUNT", SUPPORT, [
    ["account.customer.linked", "A customer was linked to an account.", of(linked)],
    ["account.customer.unlinked", "A customer was unlinked from an account.", of(linked)],
  ]),
  ...inCategory("CONVERSATION", SUPPORT, conversations),
  ...inCategory("CUSTOMER", SUPPORT, customers),
  ...inCategory("NOTES", SUPPORT, [
    ["customer_notes", "A note about a customer was created or updated.", of(note)],
    ["customer_notes.deleted", "A note about a customer was deleted.", of(note)],
  ]),
];

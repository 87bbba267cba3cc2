/* Written by `npm run event-types` from the catalog: the events of the contracts, told apart by their type. */
import type { AtlasEvent } from "../dialects/atlas.ts";
import type { BrokersEvent } from "../dialects/brokers.ts";
import type { StandardEvent } from "../dialects/standard.ts";
import type { SupportEvent } from "../dialects/support.ts";

/** The `data` of the native contract's event types. */
export interface AtlasEventData {
  /** A call was logged. */
  "activity.call": { "id": string; "kind"?: string; "subject"?: string; "contact_id"?: string; "deal_id"?: string | null; "user_id"?: string; "occurred_at"?: string; "duration_seconds"?: number };
  /** A logged activity was deleted. */
  "activity.deleted": { "id": string; "kind"?: string; "subject"?: string; "contact_id"?: string; "deal_id"?: string | null; "user_id"?: string; "occurred_at"?: string; "deleted_at"?: string };
  /** An email was logged. */
  "activity.email": { "id": string; "kind"?: string; "subject"?: string; "contact_id"?: string; "deal_id"?: string | null; "user_id"?: string; "occurred_at"?: string; "direction"?: string; "opened"?: boolean };
  /** A meeting was logged. */
  "activity.meeting": { "id": string; "kind"?: string; "subject"?: string; "contact_id"?: string; "deal_id"?: string | null; "user_id"?: string; "occurred_at"?: string; "duration_seconds"?: number };
  /** A note was logged. */
  "activity.note": { "id": string; "kind"?: string; "subject"?: string; "contact_id"?: string; "deal_id"?: string | null; "user_id"?: string; "occurred_at"?: string; "text"?: string };
  /** A logged activity changed. */
  "activity.updated": { "id": string; "kind"?: string; "subject"?: string; "contact_id"?: string; "deal_id"?: string | null; "user_id"?: string; "occurred_at"?: string; "updated_at"?: string; "updated_by"?: string };
  /** A call ended. */
  "call.completed": { "id": string; "direction"?: string; "from"?: string; "to"?: string; "status"?: string; "user_id"?: string; "contact_id"?: string | null; "started_at"?: string; "ended_at"?: string; "duration_seconds"?: number; "disposition"?: string };
  /** A call was placed or came in. */
  "call.created": { "id": string; "direction"?: string; "from"?: string; "to"?: string; "status"?: string; "user_id"?: string; "contact_id"?: string | null; "started_at"?: string };
  /** A call was deleted. */
  "call.deleted": { "id": string; "direction"?: string; "from"?: string; "to"?: string; "status"?: string; "user_id"?: string; "contact_id"?: string | null; "started_at"?: string; "deleted_at"?: string };
  /** A call was not answered. */
  "call.missed": { "id": string; "direction"?: string; "from"?: string; "to"?: string; "status"?: string; "user_id"?: string; "contact_id"?: string | null; "started_at"?: string };
  /** A call's recording can be fetched. */
  "call.recording_ready": { "id": string; "direction"?: string; "from"?: string; "to"?: string; "status"?: string; "user_id"?: string; "contact_id"?: string | null; "started_at"?: string; "ended_at"?: string; "duration_seconds"?: number; "recording_url"?: string };
  /** A call was answered. */
  "call.started": { "id": string; "direction"?: string; "from"?: string; "to"?: string; "status"?: string; "user_id"?: string; "contact_id"?: string | null; "started_at"?: string };
  /** A call's transcript is there. */
  "call.transcribed": { "id": string; "direction"?: string; "from"?: string; "to"?: string; "status"?: string; "user_id"?: string; "contact_id"?: string | null; "started_at"?: string; "ended_at"?: string; "duration_seconds"?: number; "transcript"?: string; "language"?: string };
  /** Fields of a call changed. */
  "call.updated": { "id": string; "direction"?: string; "from"?: string; "to"?: string; "status"?: string; "user_id"?: string; "contact_id"?: string | null; "started_at"?: string; "ended_at"?: string; "duration_seconds"?: number; "updated_at"?: string; "updated_by"?: string };
  /** A voicemail was left. */
  "call.voicemail": { "id": string; "direction"?: string; "from"?: string; "to"?: string; "status"?: string; "user_id"?: string; "contact_id"?: string | null; "started_at"?: string; "ended_at"?: string; "duration_seconds"?: number };
  /** A contact was created. */
  "contact.created": { "id": string; "first_name"?: string; "last_name"?: string; "email"?: string; "phone"?: string; "company"?: string; "title"?: string; "owner_id"?: string; "tags"?: Array<string>; "created_at"?: string };
  /** A contact was deleted. */
  "contact.deleted": { "id": string; "first_name"?: string; "last_name"?: string; "email"?: string; "phone"?: string; "company"?: string; "title"?: string; "owner_id"?: string; "tags"?: Array<string>; "created_at"?: string; "deleted_at"?: string };
  /** Contacts were merged into one; `id` is the one that remains. */
  "contact.merged": { "id": string; "first_name"?: string; "last_name"?: string; "email"?: string; "phone"?: string; "company"?: string; "title"?: string; "owner_id"?: string; "tags"?: Array<string>; "created_at"?: string; "updated_at"?: string; "updated_by"?: string; "merged_ids"?: Array<string> };
  /** A contact was given to another owner. */
  "contact.owner_changed": { "id": string; "first_name"?: string; "last_name"?: string; "email"?: string; "phone"?: string; "company"?: string; "title"?: string; "owner_id"?: string; "tags"?: Array<string>; "created_at"?: string; "updated_at"?: string; "updated_by"?: string; "previous_owner_id"?: string };
  /** Fields of a contact changed. */
  "contact.updated": { "id": string; "first_name"?: string; "last_name"?: string; "email"?: string; "phone"?: string; "company"?: string; "title"?: string; "owner_id"?: string; "tags"?: Array<string>; "created_at"?: string; "updated_at"?: string; "updated_by"?: string; "changed_fields"?: Array<string> };
  /** A deal was lost. */
  "deal.closed_lost": { "id": string; "name"?: string; "value"?: number; "currency"?: string; "stage"?: string; "pipeline_id"?: string; "owner_id"?: string; "contact_id"?: string; "expected_close_date"?: string; "tags"?: Array<string>; "created_at"?: string; "updated_at"?: string; "updated_by"?: string; "closed_at"?: string; "lost_reason"?: string };
  /** A deal was won. */
  "deal.closed_won": { "id": string; "name"?: string; "value"?: number; "currency"?: string; "stage"?: string; "pipeline_id"?: string; "owner_id"?: string; "contact_id"?: string; "expected_close_date"?: string; "tags"?: Array<string>; "created_at"?: string; "updated_at"?: string; "updated_by"?: string; "closed_at"?: string };
  /** A deal was created. */
  "deal.created": { "id": string; "name"?: string; "value"?: number; "currency"?: string; "stage"?: string; "pipeline_id"?: string; "owner_id"?: string; "contact_id"?: string; "expected_close_date"?: string; "tags"?: Array<string>; "created_at"?: string };
  /** A deal was deleted. */
  "deal.deleted": { "id": string; "name"?: string; "value"?: number; "currency"?: string; "stage"?: string; "pipeline_id"?: string; "owner_id"?: string; "contact_id"?: string; "expected_close_date"?: string; "tags"?: Array<string>; "created_at"?: string; "deleted_at"?: string };
  /** A deal was given to another owner. */
  "deal.owner_changed": { "id": string; "name"?: string; "value"?: number; "currency"?: string; "stage"?: string; "pipeline_id"?: string; "owner_id"?: string; "contact_id"?: string; "expected_close_date"?: string; "tags"?: Array<string>; "created_at"?: string; "updated_at"?: string; "updated_by"?: string; "previous_owner_id"?: string };
  /** A closed deal was opened again. */
  "deal.reopened": { "id": string; "name"?: string; "value"?: number; "currency"?: string; "stage"?: string; "pipeline_id"?: string; "owner_id"?: string; "contact_id"?: string; "expected_close_date"?: string; "tags"?: Array<string>; "created_at"?: string; "updated_at"?: string; "updated_by"?: string; "previous_stage"?: string };
  /** A deal moved to another stage. */
  "deal.stage_changed": { "id": string; "name"?: string; "value"?: number; "currency"?: string; "stage"?: string; "pipeline_id"?: string; "owner_id"?: string; "contact_id"?: string; "expected_close_date"?: string; "tags"?: Array<string>; "created_at"?: string; "updated_at"?: string; "updated_by"?: string; "previous_stage"?: string };
  /** Fields of a deal changed. */
  "deal.updated": { "id": string; "name"?: string; "value"?: number; "currency"?: string; "stage"?: string; "pipeline_id"?: string; "owner_id"?: string; "contact_id"?: string; "expected_close_date"?: string; "tags"?: Array<string>; "created_at"?: string; "updated_at"?: string; "updated_by"?: string; "changed_fields"?: Array<string> };
  /** The value of a deal changed. */
  "deal.value_changed": { "id": string; "name"?: string; "value"?: number; "currency"?: string; "stage"?: string; "pipeline_id"?: string; "owner_id"?: string; "contact_id"?: string; "expected_close_date"?: string; "tags"?: Array<string>; "created_at"?: string; "updated_at"?: string; "updated_by"?: string; "previous_value"?: number };
  /** A meeting was canceled. */
  "meeting.canceled": { "id": string; "title"?: string; "starts_at"?: string; "ends_at"?: string; "location"?: string; "host_id"?: string; "contact_ids"?: Array<string>; "deal_id"?: string | null; "status"?: string; "cancel_reason"?: string | null };
  /** A meeting ended. */
  "meeting.completed": { "id": string; "title"?: string; "starts_at"?: string; "ends_at"?: string; "location"?: string; "host_id"?: string; "contact_ids"?: Array<string>; "deal_id"?: string | null; "status"?: string; "duration_seconds"?: number };
  /** A meeting was booked. */
  "meeting.created": { "id": string; "title"?: string; "starts_at"?: string; "ends_at"?: string; "location"?: string; "host_id"?: string; "contact_ids"?: Array<string>; "deal_id"?: string | null; "status"?: string };
  /** A meeting was deleted. */
  "meeting.deleted": { "id": string; "title"?: string; "starts_at"?: string; "ends_at"?: string; "location"?: string; "host_id"?: string; "contact_ids"?: Array<string>; "deal_id"?: string | null; "status"?: string; "deleted_at"?: string };
  /** Nobody of the invited came. */
  "meeting.no_show": { "id": string; "title"?: string; "starts_at"?: string; "ends_at"?: string; "location"?: string; "host_id"?: string; "contact_ids"?: Array<string>; "deal_id"?: string | null; "status"?: string };
  /** A meeting was moved to another time. */
  "meeting.rescheduled": { "id": string; "title"?: string; "starts_at"?: string; "ends_at"?: string; "location"?: string; "host_id"?: string; "contact_ids"?: Array<string>; "deal_id"?: string | null; "status"?: string; "updated_at"?: string; "updated_by"?: string; "previous_starts_at"?: string };
  /** A meeting began. */
  "meeting.started": { "id": string; "title"?: string; "starts_at"?: string; "ends_at"?: string; "location"?: string; "host_id"?: string; "contact_ids"?: Array<string>; "deal_id"?: string | null; "status"?: string };
  /** Fields of a meeting changed. */
  "meeting.updated": { "id": string; "title"?: string; "starts_at"?: string; "ends_at"?: string; "location"?: string; "host_id"?: string; "contact_ids"?: Array<string>; "deal_id"?: string | null; "status"?: string; "updated_at"?: string; "updated_by"?: string; "changed_fields"?: Array<string> };
  /** A subscription became active. */
  "subscription.activated": { "id": string; "customer_id"?: string; "plan"?: string; "status"?: string; "quantity"?: number; "amount"?: number; "currency"?: string; "interval"?: string; "current_period_end"?: string; "created_at"?: string };
  /** A subscription was canceled. */
  "subscription.canceled": { "id": string; "customer_id"?: string; "plan"?: string; "status"?: string; "quantity"?: number; "amount"?: number; "currency"?: string; "interval"?: string; "current_period_end"?: string; "created_at"?: string; "canceled_at"?: string };
  /** A subscription was created. */
  "subscription.created": { "id": string; "customer_id"?: string; "plan"?: string; "status"?: string; "quantity"?: number; "amount"?: number; "currency"?: string; "interval"?: string; "current_period_end"?: string; "created_at"?: string };
  /** A subscription was deleted. */
  "subscription.deleted": { "id": string; "customer_id"?: string; "plan"?: string; "status"?: string; "quantity"?: number; "amount"?: number; "currency"?: string; "interval"?: string; "current_period_end"?: string; "created_at"?: string; "deleted_at"?: string };
  /** A subscription moved to a smaller plan. */
  "subscription.downgraded": { "id": string; "customer_id"?: string; "plan"?: string; "status"?: string; "quantity"?: number; "amount"?: number; "currency"?: string; "interval"?: string; "current_period_end"?: string; "created_at"?: string; "previous_plan"?: string };
  /** A payment is overdue. */
  "subscription.past_due": { "id": string; "customer_id"?: string; "plan"?: string; "status"?: string; "quantity"?: number; "amount"?: number; "currency"?: string; "interval"?: string; "current_period_end"?: string; "created_at"?: string };
  /** A subscription was paused. */
  "subscription.paused": { "id": string; "customer_id"?: string; "plan"?: string; "status"?: string; "quantity"?: number; "amount"?: number; "currency"?: string; "interval"?: string; "current_period_end"?: string; "created_at"?: string };
  /** A subscription began its next period. */
  "subscription.renewed": { "id": string; "customer_id"?: string; "plan"?: string; "status"?: string; "quantity"?: number; "amount"?: number; "currency"?: string; "interval"?: string; "current_period_end"?: string; "created_at"?: string };
  /** A paused subscription goes on. */
  "subscription.resumed": { "id": string; "customer_id"?: string; "plan"?: string; "status"?: string; "quantity"?: number; "amount"?: number; "currency"?: string; "interval"?: string; "current_period_end"?: string; "created_at"?: string };
  /** A trial ends within three days. */
  "subscription.trial_ending": { "id": string; "customer_id"?: string; "plan"?: string; "status"?: string; "quantity"?: number; "amount"?: number; "currency"?: string; "interval"?: string; "current_period_end"?: string; "created_at"?: string; "trial_ends_at"?: string };
  /** Fields of a subscription changed. */
  "subscription.updated": { "id": string; "customer_id"?: string; "plan"?: string; "status"?: string; "quantity"?: number; "amount"?: number; "currency"?: string; "interval"?: string; "current_period_end"?: string; "created_at"?: string; "updated_at"?: string; "updated_by"?: string; "changed_fields"?: Array<string> };
  /** A subscription moved to a larger plan. */
  "subscription.upgraded": { "id": string; "customer_id"?: string; "plan"?: string; "status"?: string; "quantity"?: number; "amount"?: number; "currency"?: string; "interval"?: string; "current_period_end"?: string; "created_at"?: string; "previous_plan"?: string };
  /** A task was given to somebody. */
  "task.assigned": { "id": string; "title"?: string; "status"?: string; "priority"?: string; "assignee_id"?: string; "deal_id"?: string | null; "due_at"?: string | null; "created_at"?: string; "updated_at"?: string; "updated_by"?: string; "previous_assignee_id"?: string | null };
  /** A task was completed. */
  "task.completed": { "id": string; "title"?: string; "status"?: string; "priority"?: string; "assignee_id"?: string; "deal_id"?: string | null; "due_at"?: string | null; "created_at"?: string; "completed_at"?: string };
  /** A task was created. */
  "task.created": { "id": string; "title"?: string; "status"?: string; "priority"?: string; "assignee_id"?: string; "deal_id"?: string | null; "due_at"?: string | null; "created_at"?: string };
  /** A task was deleted. */
  "task.deleted": { "id": string; "title"?: string; "status"?: string; "priority"?: string; "assignee_id"?: string; "deal_id"?: string | null; "due_at"?: string | null; "created_at"?: string; "deleted_at"?: string };
  /** A task's due time passed while it was open. */
  "task.overdue": { "id": string; "title"?: string; "status"?: string; "priority"?: string; "assignee_id"?: string; "deal_id"?: string | null; "due_at"?: string | null; "created_at"?: string };
  /** A completed task was opened again. */
  "task.reopened": { "id": string; "title"?: string; "status"?: string; "priority"?: string; "assignee_id"?: string; "deal_id"?: string | null; "due_at"?: string | null; "created_at"?: string; "updated_at"?: string; "updated_by"?: string };
  /** Fields of a task changed. */
  "task.updated": { "id": string; "title"?: string; "status"?: string; "priority"?: string; "assignee_id"?: string; "deal_id"?: string | null; "due_at"?: string | null; "created_at"?: string; "updated_at"?: string; "updated_by"?: string; "changed_fields"?: Array<string> };
  /** A ticket was given to somebody. */
  "ticket.assigned": { "id": string; "subject"?: string; "status"?: string; "priority"?: string; "channel"?: string; "contact_id"?: string; "assignee_id"?: string | null; "tags"?: Array<string>; "created_at"?: string; "updated_at"?: string; "updated_by"?: string; "previous_assignee_id"?: string | null };
  /** A ticket was closed. */
  "ticket.closed": { "id": string; "subject"?: string; "status"?: string; "priority"?: string; "channel"?: string; "contact_id"?: string; "assignee_id"?: string | null; "tags"?: Array<string>; "created_at"?: string };
  /** Somebody wrote into a ticket. */
  "ticket.commented": { "id": string; "subject"?: string; "status"?: string; "priority"?: string; "channel"?: string; "contact_id"?: string; "assignee_id"?: string | null; "tags"?: Array<string>; "created_at"?: string; "comment"?: { "id": string; "text": string; "public": boolean } };
  /** A ticket was opened. */
  "ticket.created": { "id": string; "subject"?: string; "status"?: string; "priority"?: string; "channel"?: string; "contact_id"?: string; "assignee_id"?: string | null; "tags"?: Array<string>; "created_at"?: string };
  /** A ticket was deleted. */
  "ticket.deleted": { "id": string; "subject"?: string; "status"?: string; "priority"?: string; "channel"?: string; "contact_id"?: string; "assignee_id"?: string | null; "tags"?: Array<string>; "created_at"?: string; "deleted_at"?: string };
  /** A ticket's priority changed. */
  "ticket.priority_changed": { "id": string; "subject"?: string; "status"?: string; "priority"?: string; "channel"?: string; "contact_id"?: string; "assignee_id"?: string | null; "tags"?: Array<string>; "created_at"?: string; "updated_at"?: string; "updated_by"?: string; "previous_priority"?: string };
  /** A resolved ticket was opened again. */
  "ticket.reopened": { "id": string; "subject"?: string; "status"?: string; "priority"?: string; "channel"?: string; "contact_id"?: string; "assignee_id"?: string | null; "tags"?: Array<string>; "created_at"?: string; "updated_at"?: string; "updated_by"?: string };
  /** A ticket was resolved. */
  "ticket.resolved": { "id": string; "subject"?: string; "status"?: string; "priority"?: string; "channel"?: string; "contact_id"?: string; "assignee_id"?: string | null; "tags"?: Array<string>; "created_at"?: string; "resolved_at"?: string };
  /** A ticket's status changed. */
  "ticket.status_changed": { "id": string; "subject"?: string; "status"?: string; "priority"?: string; "channel"?: string; "contact_id"?: string; "assignee_id"?: string | null; "tags"?: Array<string>; "created_at"?: string; "updated_at"?: string; "updated_by"?: string; "previous_status"?: string };
  /** Fields of a ticket changed. */
  "ticket.updated": { "id": string; "subject"?: string; "status"?: string; "priority"?: string; "channel"?: string; "contact_id"?: string; "assignee_id"?: string | null; "tags"?: Array<string>; "created_at"?: string; "updated_at"?: string; "updated_by"?: string; "changed_fields"?: Array<string> };
}

/** The `data` of the brokers contract's event types. */
export interface BrokersEventData {
  /** An add-on of the workspace was switched on. */
  "addon.activated": { "id": string; "name"?: string; "plan"?: string; "activatedAt"?: string };
  /** An appointment was canceled. */
  "booking.canceled": { "id": string; "contactId"?: string; "canceledAt"?: string };
  /** An appointment was booked. */
  "booking.created": { "id": string; "contactId"?: string; "topic"?: string; "startsAt"?: string; "durationMinutes"?: number };
  /** A claim was filed. */
  "claim.filed": { "id": string; "claimNumber"?: string; "policyId"?: string; "description"?: string; "amount"?: number | null; "currency"?: string; "filedAt"?: string };
  /** A claim was settled. */
  "claim.settled": { "id": string; "claimNumber"?: string; "policyId"?: string; "description"?: string; "amount"?: number | null; "currency"?: string; "settledAmount"?: number; "settledAt"?: string };
  /** A contact was created. */
  "contact.created": { "id": string; "name"?: string; "email"?: string; "phone"?: string; "createdAt"?: string };
  /** A deal was created. */
  "deal.created": { "id": string; "title"?: string; "value"?: number; "currency"?: string; "contactId"?: string; "createdAt"?: string };
  /** A deal was lost. */
  "deal.lost": { "id": string; "title": string; "value": number; "currency": string; "closedAt"?: string; "reason"?: string };
  /** A deal was won. */
  "deal.won": { "id": string; "title": string; "value": number; "currency": string; "closedAt": string };
  /** An invoice was issued. */
  "invoice.created": { "id": string; "number"?: string; "contactId"?: string; "amount"?: number; "currency"?: string; "dueAt"?: string };
  /** An invoice was paid. */
  "invoice.paid": { "id": string; "number"?: string; "contactId"?: string; "amount"?: number; "currency"?: string; "paidAt"?: string; "method"?: string };
  /** A lead became a contact with a deal. */
  "lead.converted": { "id": string; "name"?: string; "email"?: string; "phone"?: string; "source"?: string; "productInterest"?: string; "contactId"?: string; "dealId"?: string };
  /** A lead came in. */
  "lead.created": { "id": string; "name"?: string; "email"?: string; "phone"?: string; "source"?: string; "productInterest"?: string };
  /** A policy was issued. */
  "policy.issued": { "id": string; "policyNumber"?: string; "contactId"?: string; "carrier"?: string; "product"?: string; "premium"?: number; "currency"?: string; "effectiveAt"?: string; "expiresAt"?: string };
  /** A policy was renewed for another term. */
  "policy.renewed": { "id": string; "policyNumber"?: string; "contactId"?: string; "carrier"?: string; "product"?: string; "premium"?: number; "currency"?: string; "effectiveAt"?: string; "expiresAt"?: string; "previousPremium"?: number };
}

/** The `data` of the support contract's topics. */
export interface SupportEventData {
  /** A customer was linked to an account. */
  "account.customer.linked": { "account_id"?: string; "customer_id"?: string; "company_id"?: string };
  /** A customer was unlinked from an account. */
  "account.customer.unlinked": { "account_id"?: string; "customer_id"?: string; "company_id"?: string };
  /** A conversation changed. */
  "conversation": { "id"?: string; "number"?: string; "company_id"?: string; "customer_id"?: string; "subject"?: string; "status"?: string; "priority"?: string; "channel"?: string; "assigned_agent_id"?: string | null; "tags"?: Array<string>; "started_at"?: string };
  /** A conversation was given to another agent. */
  "conversation.agent": { "id"?: string; "number"?: string; "company_id"?: string; "customer_id"?: string; "subject"?: string; "status"?: string; "priority"?: string; "channel"?: string; "assigned_agent_id"?: string | null; "tags"?: Array<string>; "started_at"?: string; "previous_agent_id"?: string | null };
  /** A custom field of a conversation changed. */
  "conversation.custom_field": { "id"?: string; "number"?: string; "company_id"?: string; "customer_id"?: string; "subject"?: string; "status"?: string; "priority"?: string; "channel"?: string; "assigned_agent_id"?: string | null; "tags"?: Array<string>; "started_at"?: string; "custom_field"?: { "key"?: string; "value"?: string } };
  /** A conversation's priority changed. */
  "conversation.priority": { "id"?: string; "number"?: string; "company_id"?: string; "customer_id"?: string; "subject"?: string; "status"?: string; "priority"?: string; "channel"?: string; "assigned_agent_id"?: string | null; "tags"?: Array<string>; "started_at"?: string; "previous_priority"?: string };
  /** A conversation's status changed. */
  "conversation.status": { "id"?: string; "number"?: string; "company_id"?: string; "customer_id"?: string; "subject"?: string; "status"?: string; "priority"?: string; "channel"?: string; "assigned_agent_id"?: string | null; "tags"?: Array<string>; "started_at"?: string; "previous_status"?: string };
  /** A conversation's tags changed. */
  "conversation.tags": { "id"?: string; "number"?: string; "company_id"?: string; "customer_id"?: string; "subject"?: string; "status"?: string; "priority"?: string; "channel"?: string; "assigned_agent_id"?: string | null; "tags"?: Array<string>; "started_at"?: string; "previous_tags"?: Array<string> };
  /** A customer changed. */
  "customer": { "id"?: string; "company_id"?: string; "external_user_id"?: string | null; "first_name"?: string; "last_name"?: string; "email"?: string; "phone"?: string | null; "custom_fields"?: Array<{ "key"?: string; "value"?: string }>; "created_at"?: string; "updated_at"?: string };
  /** A customer was created. */
  "customer.created": { "id"?: string; "company_id"?: string; "external_user_id"?: string | null; "first_name"?: string; "last_name"?: string; "email"?: string; "phone"?: string | null; "custom_fields"?: Array<{ "key"?: string; "value"?: string }>; "created_at"?: string; "updated_at"?: string };
  /** Custom fields of a customer changed. */
  "customer.custom_fields": { "id"?: string; "company_id"?: string; "external_user_id"?: string | null; "first_name"?: string; "last_name"?: string; "email"?: string; "phone"?: string | null; "custom_fields"?: Array<{ "key"?: string; "value"?: string }>; "created_at"?: string; "updated_at"?: string };
  /** A customer was identified. */
  "customer.identify": { "id"?: string; "company_id"?: string; "external_user_id"?: string | null; "first_name"?: string; "last_name"?: string; "email"?: string; "phone"?: string | null; "custom_fields"?: Array<{ "key"?: string; "value"?: string }>; "created_at"?: string; "updated_at"?: string };
  /** Fields of a customer changed. */
  "customer.updated": { "id"?: string; "company_id"?: string; "external_user_id"?: string | null; "first_name"?: string; "last_name"?: string; "email"?: string; "phone"?: string | null; "custom_fields"?: Array<{ "key"?: string; "value"?: string }>; "created_at"?: string; "updated_at"?: string };
  /** A note about a customer was created or updated. */
  "customer_notes": { "id"?: string; "company_id"?: string; "object_type"?: string; "object_id"?: string; "text"?: string; "created_by"?: string; "created_at"?: string; "updated_at"?: string; "creator"?: { "id"?: string; "first_name"?: string; "last_name"?: string }; "edited"?: boolean };
  /** A note about a customer was deleted. */
  "customer_notes.deleted": { "id"?: string; "company_id"?: string; "object_type"?: string; "object_id"?: string; "text"?: string; "created_by"?: string; "created_at"?: string; "updated_at"?: string; "creator"?: { "id"?: string; "first_name"?: string; "last_name"?: string }; "edited"?: boolean };
}

/** An event of the catalog: `event.type === "deal.created"` narrows `event.data`. */
export type AtlasCatalogEvent = {
  [Type in keyof AtlasEventData]: AtlasEvent<Type, AtlasEventData[Type]>;
}[keyof AtlasEventData];

/** The same, delivered as Standard Webhooks. */
export type StandardCatalogEvent = {
  [Type in keyof AtlasEventData]: StandardEvent<Type, AtlasEventData[Type]>;
}[keyof AtlasEventData];

/** An event of the brokers contract, told apart by `event.event`. */
export type BrokersCatalogEvent = {
  [Type in keyof BrokersEventData]: BrokersEvent<Type, BrokersEventData[Type]>;
}[keyof BrokersEventData];

/** An event of the support contract, told apart by `event.event`. */
export type SupportCatalogEvent = {
  [Topic in keyof SupportEventData]: SupportEvent<Topic, SupportEventData[Topic]>;
}[keyof SupportEventData];

import { describe, expect, it } from "vitest";
import { catalogType, catalogue, sampleData } from "../../src/catalog/index.ts";
import { dataCheck } from "../../src/catalog/json-schema/index.ts";
import { schemaProblems } from "../../src/catalog/json-schema/problems.ts";
import { dialects } from "../../src/dialects/index.ts";

const of = (contract: string) => catalogue.filter((row) => row.contracts.includes(contract));
const names = (contract: string) => of(contract).map((row) => row.type);
const categories = (contract: string) => [...new Set(of(contract).map((row) => row.category))].toSorted();

describe("the catalog", () => {
  it.each(catalogue.map((row) => [row.type, row] as const))(
    "%s: its sample fits its schema",
    (_type, row) => {
      expect(schemaProblems(row.schema)).toEqual([]);
      expect(dataCheck(row.schema)(JSON.stringify(row.sample)).problems).toEqual([]);
    },
  );

  it("names each type once, in the form that can be published, with a description and a contract", () => {
    expect(new Set(catalogue.map((row) => row.type)).size).toBe(catalogue.length);
    for (const row of catalogue) {
      expect(row.type).toMatch(/^[A-Za-z0-9_.-]{1,128}$/);
      expect(row.description).toMatch(/^\S.*\.$/);
      // The service's own types are of no contract.
      expect(row.contracts.length > 0).toBe(!row.type.startsWith("webhooks."));
      for (const contract of row.contracts) expect(Object.keys(dialects)).toContain(contract);
    }
  });

  it("atlas: at least 50 types over its eight objects, every documented one among them", () => {
    expect(of("atlas").length).toBeGreaterThanOrEqual(50);
    expect(names("atlas")).toEqual(
      expect.arrayContaining([
        ...["created", "updated", "stage_changed", "closed_won", "closed_lost", "deleted"].map(
          (v) => `deal.${v}`,
        ),
        ...["created", "updated", "merged", "deleted"].map((v) => `contact.${v}`),
        ...["activity.email", "activity.call", "activity.meeting", "meeting.created"],
      ]),
    );
    expect(categories("atlas")).toEqual([
      ...["Activities", "Calls", "Contacts", "Deals", "Meetings", "Subscriptions", "Tasks", "Tickets"],
    ]);
    for (const object of ["deal", "contact", "task", "meeting", "call", "ticket", "subscription"]) {
      for (const mutation of ["created", "updated", "deleted"]) {
        expect(names("atlas")).toContain(`${object}.${mutation}`);
      }
    }
  });

  it("voice: the four triggers; a completed call has everything of a started one", () => {
    expect(names("voice")).toEqual(["call_completed", "call_started", "message_received", "message_sent"]);
    const started = catalogType("call_started")?.sample ?? {};
    const completed = catalogType("call_completed")?.sample ?? {};
    expect(completed).toMatchObject(started);
    expect(Object.keys(completed)).toEqual(
      expect.arrayContaining(["summary", "transcript", "recordingUrl", "callId"]),
    );
    expect(catalogType("message_received")?.sample).toHaveProperty("receivedAt");
    expect(catalogType("message_sent")?.sample).toHaveProperty("sentAt");
    expect(catalogType("message_sent")?.sample).not.toHaveProperty("receivedAt");
  });

  it("brokers: 15 events in 8 categories, deal.won as its document shows it", () => {
    expect(of("brokers")).toHaveLength(15);
    expect(categories("brokers")).toEqual(
      ["Leads", "Deals", "Contacts", "Invoices", "Policies", "Bookings", "Claims", "Addons"].toSorted(),
    );
    expect(names("brokers")).toEqual(
      expect.arrayContaining(["lead.created", "deal.won", "invoice.paid", "claim.filed"]),
    );
    expect(catalogType("deal.won")?.sample).toEqual({
      id: "deal_mno321",
      title: "Home Insurance Policy — Mitchell",
      value: 2400,
      currency: "CAD",
      closedAt: "2026-03-05T09:00:00.000Z",
    });
  });

  it("atomic: the documented events with the documented members", () => {
    expect(names("atomic")).toEqual(
      expect.arrayContaining(["card-published", "card-completed", "card-dismissed"]),
    );
    const sample = catalogType("card-completed")?.sample ?? {};
    expect(Object.keys(sample)).toEqual(
      expect.arrayContaining([
        ...["id", "analyticsEvent", "endUserId", "timestamp", "cardContext", "eventContext", "properties"],
        ...["sdkContext", "streamContext", "platformContext", "eventDetail"],
      ]),
    );
    for (const row of of("atomic")) expect(row.sample.analyticsEvent).toBe(row.type);
  });

  it("support: the 15 topics with their categories", () => {
    const topics = Object.groupBy(of("support"), (row) => row.category);
    const named = Object.entries(topics).map(([name, rows]) => [name, rows?.map((row) => row.type)]);
    expect(Object.fromEntries(named)).toEqual({
      ACCOUNT: ["account.customer.linked", "account.customer.unlinked"],
      CONVERSATION: [
        ...["conversation", "conversation.agent", "conversation.custom_field", "conversation.priority"],
        ...["conversation.status", "conversation.tags"],
      ],
      CUSTOMER: [
        ...[
          "customer",
          "customer.created",
          "customer.custom_fields",
          "customer.identify",
          "customer.updated",
        ],
      ],
      NOTES: ["customer_notes", "customer_notes.deleted"],
    });
    expect(Object.keys(catalogType("customer_notes.deleted")?.sample ?? {})).toEqual([
      ...["id", "company_id", "object_type", "object_id", "text", "created_by", "created_at", "updated_at"],
      ...["creator", "edited"],
    ]);
  });

  it("gives a sample event of any type", () => {
    expect(sampleData("deal.won")).toMatchObject({ currency: "CAD" });
    expect(sampleData("no.such.type")).toEqual({});
  });
});

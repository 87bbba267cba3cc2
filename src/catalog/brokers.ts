import { type CatalogType, inCategory, type TypeShape } from "./catalog-type.ts";
import { integer, nullable, number, object, text, time } from "./shape.ts";

/*
 * The 15 events of the insurance brokerage, in 8 categories, all of one shape: flat, in camelCase, money beside its
 * currency. Two of them, deal.created and contact.created, are the native contract's rows too (atlas-sales.ts): here is
 * how brokerages have them. `deal.won` is as its document has it.
 */

const BROKERS = ["brokers"];

const currency = text("CAD");

const lead = {
  name: text("Owen Mitchell"),
  email: text("owen.mitchell@mail.example"),
  phone: text("+14165550123"),
  source: text("website"),
  productInterest: text("home"),
};

const deal = { title: text("Home Insurance Policy — Mitchell"), value: number(2400), currency };

const invoice = {
  number: text("INV-2026-0148"),
  contactId: text("contact_jkl654"),
  amount: number(2400),
  currency,
};

const policy = {
  policyNumber: text("HOM-88123-CA"),
  contactId: text("contact_jkl654"),
  carrier: text("Maple Mutual"),
  product: text("home"),
  premium: number(2400),
  currency,
  effectiveAt: time("2026-04-01T00:00:00.000Z"),
  expiresAt: time("2027-04-01T00:00:00.000Z"),
};

const claim = {
  claimNumber: text("CLM-20417"),
  policyId: text("policy_pqr987"),
  description: text("Water damage in the basement"),
  amount: nullable(number(7800)),
  currency,
};

/** What brokerages send of the types that they share with the native contract. */
export const brokersShapes: Readonly<Record<string, TypeShape>> = {
  "deal.created": object(
    { id: text("deal_mno321") },
    { ...deal, contactId: text("contact_jkl654"), createdAt: time("2026-03-02T10:20:00.000Z") },
  ),
  "contact.created": object(
    { id: text("contact_jkl654") },
    {
      name: text("Owen Mitchell"),
      email: text("owen.mitchell@mail.example"),
      phone: text("+14165550123"),
      createdAt: time("2026-03-02T10:20:00.000Z"),
    },
  ),
};

export const brokers: CatalogType[] = [
  ...inCategory("Leads", BROKERS, [
    ["lead.created", "A lead came in.", object({ id: text("lead_abc123") }, lead)],
    [
      "lead.converted",
      "A lead became a contact with a deal.",
      object(
        { id: text("lead_abc123") },
        { ...lead, contactId: text("contact_jkl654"), dealId: text("deal_mno321") },
      ),
    ],
  ]),
  ...inCategory("Deals", BROKERS, [
    [
      "deal.won",
      "A deal was won.",
      object({ id: text("deal_mno321"), ...deal, closedAt: time("2026-03-05T09:00:00.000Z") }),
    ],
    [
      "deal.lost",
      "A deal was lost.",
      object(
        { id: text("deal_mno321"), ...deal },
        { closedAt: time("2026-03-05T09:00:00.000Z"), reason: text("price") },
      ),
    ],
  ]),
  ...inCategory("Invoices", BROKERS, [
    [
      "invoice.created",
      "An invoice was issued.",
      object({ id: text("inv_def456") }, { ...invoice, dueAt: time("2026-04-05T00:00:00.000Z") }),
    ],
    [
      "invoice.paid",
      "An invoice was paid.",
      object(
        { id: text("inv_def456") },
        { ...invoice, paidAt: time("2026-03-09T16:44:00.000Z"), method: text("card") },
      ),
    ],
  ]),
  ...inCategory("Policies", BROKERS, [
    ["policy.issued", "A policy was issued.", object({ id: text("policy_pqr987") }, policy)],
    [
      "policy.renewed",
      "A policy was renewed for another term.",
      object({ id: text("policy_pqr987") }, { ...policy, previousPremium: number(2310) }),
    ],
  ]),
  ...inCategory("Bookings", BROKERS, [
    [
      "booking.created",
      "An appointment was booked.",
      object(
        { id: text("booking_stu258") },
        {
          contactId: text("contact_jkl654"),
          topic: text("Policy review"),
          startsAt: time("2026-03-12T14:30:00.000Z"),
          durationMinutes: integer(30),
        },
      ),
    ],
    [
      "booking.canceled",
      "An appointment was canceled.",
      object(
        { id: text("booking_stu258") },
        { contactId: text("contact_jkl654"), canceledAt: time("2026-03-11T10:05:00.000Z") },
      ),
    ],
  ]),
  ...inCategory("Claims", BROKERS, [
    [
      "claim.filed",
      "A claim was filed.",
      object({ id: text("claim_vwx369") }, { ...claim, filedAt: time("2026-03-20T18:12:30.000Z") }),
    ],
    [
      "claim.settled",
      "A claim was settled.",
      object(
        { id: text("claim_vwx369") },
        { ...claim, settledAmount: number(7350), settledAt: time("2026-04-02T12:00:00.000Z") },
      ),
    ],
  ]),
  ...inCategory("Addons", BROKERS, [
    [
      "addon.activated",
      "An add-on of the workspace was switched on.",
      object(
        { id: text("addon_yza147") },
        { name: text("SMS alerts"), plan: text("monthly"), activatedAt: time("2026-03-01T08:00:00.000Z") },
      ),
    ],
  ]),
];

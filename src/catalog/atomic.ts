import { type CatalogType, inCategory } from "./catalog-type.ts";
import { anyObject, type Fields, flag, integer, list, object, text, time } from "./shape.ts";

/*
 * Analytics events of customer-engagement cards. The document names card-published, card-completed and card-dismissed
 * and shows the whole of card-completed; the others are the card events of its analytics reference, in the same shape.
 * Nothing is required: the dialect puts id, analyticsEvent, endUserId and timestamp in front where they are missing.
 */

function cardEvent(analyticsEvent: string, status: string, previousStatus: string, more: Fields = {}) {
  return object(
    {},
    {
      id: text("5a1f0c1e-8f0e-4a3b-9a55-0d7f1f3f2b10"),
      analyticsEvent: text(analyticsEvent),
      endUserId: text("user-123"),
      timestamp: time("2021-03-26T00:46:50.711Z"),
      cardContext: object(
        {},
        {
          cardInstanceStatus: text(status),
          cardTemplateId: text("tEm1Pl"),
          cardTemplateName: text("Confirm your appointment"),
          cardTemplateVersion: integer(1),
          cardTemplateSettings: object({}, { sendNotifications: flag(false) }),
          publishedAt: time("2021-03-26T00:46:16.527Z"),
          cardInstanceId: text("1"),
          previousStatus: text(previousStatus),
        },
      ),
      eventContext: object(
        {},
        {
          ip: text("203.0.113.7"),
          actionSource: text("card"),
          userLocalTimestamp: time("2021-03-26T13:46:50.591+13:00"),
        },
      ),
      properties: anyObject({}),
      sdkContext: object(
        {},
        {
          platform: text("Web"),
          sdkVersion: text("0.15.0"),
          sdkDevice: text("Firefox 86"),
          sdkTimezone: text("Pacific/Auckland"),
          isDNDActive: flag(false),
        },
      ),
      streamContext: object({}, { streamId: text("1"), streamName: text("Appointments") }),
      platformContext: object(
        {},
        {
          lifecycleId: text("appointment-20"),
          targetStreamIds: list(text("1"), ["1", "2"]),
          targetPlatforms: list(text("Web"), ["Web", "iOS", "Android"]),
          flowInstanceId: text("bb9c4ed5-d97c-49e7-be4c-97f9d88cbb9f"),
          flowInvocationId: text("caaa170d-0521-4dfa-903a-19f410480402"),
          flowConfigId: text("A9WBVx"),
          triggerEventSource: text("api"),
        },
      ),
      eventDetail: anyObject({
        today: "2021-02-27T11:00:00.000Z",
        myDate: "2021-02-28T11:00:00.000Z",
        dateShort: "2021-02-27T11:00:00.000Z",
        numberOfItems: "1",
      }),
      eventNotificationDetail: anyObject({}),
      ...more,
    },
  );
}

const rating = (value: string) => ({ properties: anyObject({ message: "", reason: value }) });

export const atomic: CatalogType[] = inCategory(
  "Cards",
  ["atomic"],
  [
    ["card-published", "A card was sent and is active.", cardEvent("card-published", "active", "queued")],
    ["card-embargoed", "A card waits for its time.", cardEvent("card-embargoed", "embargoed", "queued")],
    ["card-displayed", "A customer saw a card.", cardEvent("card-displayed", "active", "active")],
    [
      "card-completed",
      "A customer actioned a card; `properties.values` holds the input.",
      cardEvent("card-completed", "completed", "active", {
        properties: anyObject({ values: { appointment: "confirmed", note: "I bring my papers" } }),
      }),
    ],
    ["card-dismissed", "A customer dismissed a card.", cardEvent("card-dismissed", "dismissed", "active")],
    ["card-snoozed", "A customer put a card off.", cardEvent("card-snoozed", "snoozed", "active")],
    ["card-unsnoozed", "A card came back.", cardEvent("card-unsnoozed", "active", "snoozed")],
    ["card-cancelled", "A card was cancelled.", cardEvent("card-cancelled", "cancelled", "active")],
    ["card-expired", "A card's time ran out.", cardEvent("card-expired", "expired", "active")],
    ["card-error", "A card could not be assembled.", cardEvent("card-error", "error", "queued")],
    [
      "card-subview-displayed",
      "A customer opened a card's subview.",
      cardEvent("card-subview-displayed", "active", "active"),
    ],
    [
      "card-subview-exited",
      "A customer left a card's subview.",
      cardEvent("card-subview-exited", "active", "active"),
    ],
    [
      "card-voted-up",
      "A customer found a card useful.",
      cardEvent("card-voted-up", "active", "active", rating("helpful")),
    ],
    [
      "card-voted-down",
      "A customer found a card not useful.",
      cardEvent("card-voted-down", "active", "active", rating("not relevant")),
    ],
  ],
);

import { type CatalogType, inCategory } from "./catalog-type.ts";
import { type Fields, integer, list, nullable, object, oneOf, text, time, url } from "./shape.ts";

/* The triggers of the voice contract: calls and chat messages of a campaign. Receivers deduplicate by what is required. */

const call: Fields = {
  campaignId: text("cmp_spring_renewals"),
  agentId: text("agent_7"),
  direction: oneOf("outbound", "inbound"),
  from: text("+15550100100"),
  to: text("+15550104477"),
  startedAt: time("2026-04-07T14:13:05.120Z"),
  contact: object({}, { id: text("lead_481"), name: text("Maya Lindqvist") }),
};

const result: Fields = {
  endedAt: time("2026-04-07T14:16:21.904Z"),
  durationSeconds: integer(196),
  status: text("completed"),
  summary: text("The customer renews and asks for the contract by email."),
  transcript: list(
    object({}, { role: oneOf("agent", "customer"), text: text("Is now a good time?"), at: integer(2) }),
  ),
  recordingUrl: nullable(url("https://files.example/recordings/call_9f31c2.mp3")),
};

const message: Fields = {
  campaignId: text("cmp_spring_renewals"),
  conversationId: text("conv_62a8"),
  channel: oneOf("sms", "whatsapp", "webchat"),
  from: text("+15550104477"),
  to: text("+15550100100"),
  text: text("Yes, please send me the contract."),
};

const callId = { callId: text("call_9f31c2") };
const messageId = { messageId: text("msg_5d20e7") };

export const voice: CatalogType[] = [
  ...inCategory(
    "Calls",
    ["voice"],
    [
      ["call_started", "A call of a campaign began.", object(callId, call)],
      [
        "call_completed",
        "A call ended: everything of its start, and the result.",
        object(callId, { ...call, ...result }),
      ],
    ],
  ),
  ...inCategory(
    "Messages",
    ["voice"],
    [
      [
        "message_received",
        "A chat message came in.",
        object(messageId, { ...message, receivedAt: time("2026-04-07T14:20:44.310Z") }),
      ],
      [
        "message_sent",
        "A chat message was sent.",
        object(messageId, {
          ...message,
          from: text("+15550100100"),
          to: text("+15550104477"),
          text: text("Here it is: the contract is in your mailbox."),
          sentAt: time("2026-04-07T14:21:02.007Z"),
        }),
      ],
    ],
  ),
];

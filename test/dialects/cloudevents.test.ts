import { CloudEvent, HTTP } from "cloudevents";
import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { cloudevents } from "../../src/dialects/cloudevents.ts";
import { optionProblem } from "../../src/dialects/options.ts";
import { cloudevents as sdk } from "../../src/sdk/index.ts";
import { outgoing, signing } from "./outgoing.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const SUBJECT = 'Zoë 🜁 "100%" \\ é';

function built(options: Record<string, string>, context: Record<string, string> = {}) {
  const delivery = outgoing('{"id":"deal_1","value":1.0}');
  const event = { ...delivery.event, context };
  return cloudevents.build({ ...delivery, event }, { ...signing([SECRET]), options });
}

/** What the CloudEvents project's own SDK reads of a request. */
function decoded({ headers, body }: ReturnType<typeof built>) {
  const event = HTTP.toEvent({ headers, body });
  if (!(event instanceof CloudEvent)) throw new Error("not one event");
  event.validate();
  return event;
}

describe.each(["structured", "binary"])("cloudevents, %s", (mode) => {
  it("is read by the CloudEvents SDK with all of its attributes and its data", () => {
    const event = decoded(built({ mode, source: "https://shop.example/a-b?c=d#e" }));
    expect(event).toMatchObject({
      specversion: "1.0",
      id: "evt_01HFXZR2V3K8M4N5P6Q7R8S9T0",
      source: "https://shop.example/a-b?c=d#e",
      type: "deal.created",
      datacontenttype: "application/json",
      data: { id: "deal_1", value: 1 },
    });
    expect(new Date(event.time ?? "").getTime()).toBe(1_712_345_678_000);
  });

  it("is accepted by Standard Webhooks' library, and read by the SDK", () => {
    const request = built({ mode }, { subject: SUBJECT });
    const now = signing([]).nowMs;
    const headers = request.headers;
    expect(sdk.webhooks.verify(request.body, headers, SECRET, { now })).toMatchObject({
      ...{ id: "evt_01HFXZR2V3K8M4N5P6Q7R8S9T0", type: "deal.created", subject: SUBJECT },
      data: { id: "deal_1", value: 1 },
    });
    const signature = new Webhook(SECRET).sign(headers["webhook-id"] ?? "", new Date(now), request.body);
    expect(headers["webhook-signature"]).toBe(signature);
  });

  it("names the workspace as its source unless the endpoint names one", () => {
    expect(decoded(built({ mode })).source).toMatch(/^\/workspaces\/ws_/);
  });

  it("has the context's `subject` where it is one, and none where it is no attribute's value", () => {
    const subjectOf = (subject: string) => decoded(built({ mode }, { subject })).subject;
    expect(subjectOf("deal_1")).toBe("deal_1");
    for (const subject of ["", "a\nb", "\ud83d", "\u0085"]) expect(subjectOf(subject)).toBeUndefined();
  });
});

it("writes headers in visible ASCII alone, whatever the subject holds", () => {
  const { headers } = built({ mode: "binary" }, { subject: SUBJECT });
  for (const value of Object.values(headers)) expect(value).toMatch(/^[\x20-\x7e]+$/);
  expect(decodeURIComponent(headers["ce-subject"] ?? "")).toBe(SUBJECT);
});

it.each([["/shop"], ["https://example.com/a?b=c#d"], ["urn:shop:1"], ["a%20b"]])(
  "takes %s as a source",
  (source) => expect(optionProblem(cloudevents, "source", source)).toBeNull(),
);

it.each([[""], ["a b"], ["ö"], ["100%"], ['"'], ["a\r\nb"]])("refuses %j as a source", (source) =>
  expect(optionProblem(cloudevents, "source", source)).toMatch(/URI reference/),
);

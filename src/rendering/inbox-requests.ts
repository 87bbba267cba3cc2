import type { z } from "@hono/zod-openapi";
import type { inboxRequestList } from "../contract/inbox.ts";
import type { InboxRequest } from "../domain/inbox.ts";
import { timeText } from "./time.ts";

type Body = z.input<typeof inboxRequestList>["data"][number];

/** A request as the API shows it. */
export function inboxRequestBody(request: InboxRequest): Body {
  const { number, at, method, path, headers, isTruncated, signature } = request;
  const bytes = Buffer.from(request.body);
  const text = bytes.toString("utf8");
  const isText = Buffer.from(text, "utf8").equals(bytes);
  return {
    ...{ number, at: timeText(at), method, path, headers },
    body: isText ? text : bytes.toString("base64"),
    encoding: isText ? "utf8" : "base64",
    truncated: isTruncated,
    signature: {
      verdict: signature.verdict,
      dialect: signature.dialect,
      endpoint_id: signature.endpointId,
    },
  };
}

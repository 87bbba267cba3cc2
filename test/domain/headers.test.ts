import { expect, it } from "vitest";
import { headerProblem } from "../../src/domain/headers.ts";

/** As docs/operations.md lists them. */
const ADDED_BY_CLOUDFLARE = [
  "CF-Worker",
  "CDN-Loop",
  "CF-Ray",
  "CF-EW-Via",
  "CF-Connecting-IP",
  "X-Forwarded-For",
  "X-Forwarded-Proto",
  "CF-Visitor",
  "Accept-Encoding",
];

it.each(ADDED_BY_CLOUDFLARE)("refuses %s, which Cloudflare adds, as an endpoint's own header", (name) => {
  expect(headerProblem(name, [])).toBe("belongs to HTTP");
});

it("takes a header of the endpoint's own, but not its dialect's", () => {
  expect(headerProblem("X-Team-Key", [])).toBeNull();
  expect(headerProblem("Webhook-Id", ["webhook-id"])).toBe("belongs to the dialect");
});

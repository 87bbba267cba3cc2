import { expect, it } from "vitest";
import { boundedCalls } from "../../src/mcp/bounded-calls.ts";
import { Atlas } from "../../src/sdk/client/index.ts";
import { explained } from "../../src/tasks/explained.ts";

it("ends an explanation that goes on for ever after so many pages, and says what to ask instead", async () => {
  let pages = 0;
  const endless = async () => Response.json({ data: [], next_cursor: `page-${++pages}` });
  const atlas = new Atlas({ key: "ak_1", retries: 0, fetch: boundedCalls(endless, 200) });
  await expect(explained(atlas, "evt_1")).rejects.toThrow("more than 200 requests: name an endpoint");
  expect(pages).toBe(200);
});

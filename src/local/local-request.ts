import type { RequestOptions } from "node:http";
import { request } from "./node-http.ts";

/** An answer, read to its end. */
export interface LocalAnswer {
  status: number;
  text: string;
}

/**
 * Makes one request to a server on this machine, on a connection of its own. Rejects where none answers. Not `fetch`:
 * what Node loads for it stays in memory for the few requests that this process makes.
 */
export function localRequest(
  url: URL,
  options: Pick<RequestOptions, "method" | "headers" | "signal"> = {},
  body?: string,
): Promise<LocalAnswer> {
  return new Promise((resolve, reject) => {
    const asked = request(url.href, { ...options, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        text += part;
      });
      response.once("error", reject);
      response.once("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    asked.once("error", reject);
    asked.end(body);
  });
}

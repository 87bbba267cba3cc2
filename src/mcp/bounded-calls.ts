/**
 * A `fetch` that answers so many requests, and refuses the rest: over a workspace of thousands of endpoints one call of a
 * tool would otherwise ask for as many pages. The refusal reads as one of the API's own.
 */
export function boundedCalls(fetch: (request: Request) => Promise<Response>, most: number) {
  let left = most;
  return async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    if (left-- > 0) return fetch(new Request(input, init));
    const detail = `This takes more than ${most} requests: name an endpoint, or ask for fewer events.`;
    return Response.json({ status: 422, code: "invalid_request", detail }, { status: 422 });
  };
}

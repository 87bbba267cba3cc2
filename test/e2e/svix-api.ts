import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export const SVIX_SECRETS = [
  "whsec_c3ZpeCBzZWNyZXQgb2YgbnVtYmVyIDEh",
  "whsec_c3ZpeCBzZWNyZXQgb2YgbnVtYmVyIDIh",
];

/** What Svix's API answers to GET, by path; lists come in pages of one. */
const LISTS: Record<string, object[]> = {
  "/api/v1/event-type": [
    {
      name: "invoice.paid",
      description: "An invoice was paid.",
      groupName: "invoice",
      archived: false,
      schemas: { "1": { type: "object" }, "2": { type: "object", required: ["id"] } },
    },
    {
      name: "user.renamed",
      description: "A user.",
      schemas: { "1": { properties: { a: { pattern: "(a+)+" } } } },
    },
  ],
  "/api/v1/app": [
    { id: "app_1", uid: "acme", name: "Acme" },
    { id: "app_2", uid: null, name: "Other" },
  ],
  "/api/v1/app/app_1/endpoint": [
    {
      id: "ep_one",
      url: "http://127.0.0.1:9/one",
      description: "",
      filterTypes: ["invoice.*"],
      metadata: {},
      rateLimit: 5,
    },
  ],
  "/api/v1/app/app_2/endpoint": [
    {
      id: "ep_two",
      url: "http://127.0.0.1:9/two",
      description: "Two",
      channels: ["eu"],
      metadata: {},
      disabled: true,
    },
  ],
};

const OBJECTS: Record<string, object> = {
  "/api/v1/app/app_1/endpoint/ep_one/secret": { key: SVIX_SECRETS[0] },
  "/api/v1/app/app_2/endpoint/ep_two/secret": { key: SVIX_SECRETS[1] },
  "/api/v1/app/app_1/endpoint/ep_one/headers": { headers: { "X-Key": "it's" }, sensitive: [] },
  "/api/v1/app/app_2/endpoint/ep_two/headers": { headers: {}, sensitive: ["X-Hidden"] },
};

/** Svix's API as far as the script for migrating reads it, to whoever has the token `testsk_1`. */
export async function startSvix(): Promise<{ url: string; stop(): void }> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://svix");
    const at = Number(searchParams.get("iterator") ?? 0);
    const list = LISTS[pathname];
    const page = list && {
      data: list.slice(at, at + 1),
      iterator: String(at + 1),
      done: at + 1 >= list.length,
    };
    const isKnown = request.headers.authorization === "Bearer testsk_1";
    const body = isKnown ? (page ?? OBJECTS[pathname]) : undefined;
    response.writeHead(body === undefined ? (isKnown ? 404 : 401) : 200, {
      "Content-Type": "application/json",
    });
    response.end(JSON.stringify(body ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, stop: () => server.close() };
}

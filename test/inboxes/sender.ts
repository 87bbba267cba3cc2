import { answerTo, call, type Workspace } from "../api/client.ts";

/** One who makes inboxes in a workspace, sends to them and reads what arrived. */
export function senderTo(workspace: () => Workspace) {
  return {
    make: async (body?: object) => {
      const answer = await call("POST", "/v1/inboxes", { key: workspace().key, body });
      if (answer.status !== 201) throw new Error(answer.text);
      return { id: answer.body.id as string, path: new URL(answer.body.url).pathname, body: answer.body };
    },
    send: (path: string, init: RequestInit = {}) => answerTo(new Request(`https://atlas.test${path}`, init)),
    received: async (id: string, query = "") =>
      (await call("GET", `/v1/inboxes/${id}/requests${query}`, { key: workspace().key })).body,
  };
}

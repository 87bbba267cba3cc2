import { beforeAll, describe, expect, it } from "vitest";
import { dialectNamed } from "../../src/dialects/index.ts";
import { defaultOptions } from "../../src/dialects/options.ts";
import { platform } from "../../src/platform.ts";
import { call, newEndpoint, newWorkspace, type Workspace } from "../api/client.ts";
import { senderTo } from "./sender.ts";

let workspace: Workspace;

beforeAll(async () => {
  workspace = await newWorkspace();
});

const { make, send, received } = senderTo(() => workspace);

describe("the verdict on a signature", () => {
  const delivery = (dialect: string, secret: string | undefined, now = Date.now()) => {
    const row = dialectNamed(dialect);
    if (row === null) throw new Error("no such dialect");
    const options = defaultOptions(row);
    const event = {
      ...{ position: 1, id: "evt_01KAGW9ZQ8N3V5XTB2C4D6E7F8", type: "deal.created", created: 1_763_631_000 },
      ...{ apiVersion: "2026-01-15", tags: [], context: {}, acceptedAt: now, data: '{"n":"ü"}' },
    };
    const given = { workspaceId: "ws_1", endpointId: "ep_1", sequence: 1, attempt: 1, isReplay: false };
    return row.build(
      { event, ...given, firedAt: now, attemptId: "a" },
      { secrets: secret === undefined ? [] : [secret], nowMs: now, options },
    );
  };
  const verdictOf = async (id: string) => (await received(id)).data[0].signature;

  it.each(["atlas", "standard", "brokers", "atomic", "support"])(
    "of %s is valid by its secret, and by no other",
    async (dialect) => {
      const row = dialectNamed(dialect);
      const secret = row?.secret.generate(platform) ?? "";
      const { id, path } = await make({ dialect, secret });
      const { headers, body } = delivery(dialect, secret);
      await send(path, { method: "POST", headers, body });
      expect(await verdictOf(id)).toEqual({ verdict: "valid", dialect, endpoint_id: null });
      await send(path, { method: "POST", headers, body: `${body} ` });
      expect((await verdictOf(id)).verdict).toBe("no_match");
      await send(path, { method: "POST", ...delivery(dialect, row?.secret.generate(platform)) });
      expect((await verdictOf(id)).verdict).toBe("no_match");
      await send(path, { method: "POST", body });
      expect((await verdictOf(id)).verdict).toBe("header_missing");
    },
  );

  it("knows one that is too old, too new, malformed, of an asymmetric key, and of a contract without any", async () => {
    const secret = dialectNamed("atlas")?.secret.generate(platform) ?? "";
    const { id, path } = await make({ dialect: "atlas", secret });
    for (const [ageMs, verdict] of [
      [400_000, "too_old"],
      [-400_000, "too_new"],
    ] as const) {
      await send(path, { method: "POST", ...delivery("atlas", secret, Date.now() - ageMs) });
      expect((await verdictOf(id)).verdict).toBe(verdict);
    }
    await send(path, { method: "POST", headers: { "Atlas-Signature": "v1=abc" }, body: "{}" });
    expect((await verdictOf(id)).verdict).toBe("header_malformed");
    const asymmetric = `whsk_${Buffer.alloc(32, 7).toString("base64")}`;
    const other = await make({ dialect: "standard", secret: asymmetric });
    await send(other.path, { method: "POST", ...delivery("standard", asymmetric) });
    expect((await verdictOf(other.id)).verdict).toBe("valid");
    const voice = await make({ dialect: "voice" });
    await send(voice.path, { method: "POST", ...delivery("voice", undefined) });
    expect(await verdictOf(voice.id)).toEqual({ verdict: "unsigned", dialect: "voice", endpoint_id: null });
  });

  it("is by the secrets of the endpoints that send there, as it was on arrival", async () => {
    const { id, path, body } = await make();
    const endpoint = await newEndpoint(workspace, { url: body.url });
    await newEndpoint(workspace, { url: `${body.url}/other`, dialect: "atlas" });
    const request = delivery("standard", endpoint.secret);
    await send(path, { method: "POST", ...request });
    const valid = { verdict: "valid", dialect: "standard", endpoint_id: endpoint.id };
    expect(await verdictOf(id)).toEqual(valid);
    await call("DELETE", `/v1/endpoints/${endpoint.id}`, { key: workspace.key });
    expect(await verdictOf(id)).toEqual(valid);
  });
});

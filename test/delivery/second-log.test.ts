import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { ENDPOINT_SCHEMA } from "../../src/delivery/schema.ts";
import { SPANS_SCHEMA } from "../../src/delivery/tables/spans.ts";
import { migrate, NEWER_TABLES } from "../../src/storage/schema.ts";
import { setScene } from "./scene.ts";

const scene = setScene();

it("an endpoint's object is opened by code that knows one log until a second one hands over, and refuses it from then on", async () => {
  const { id } = await scene.create();
  const object = env.ENDPOINT.getByName(id);
  const openByOlderCode = () =>
    runInDurableObject(object, (_, { storage }) =>
      migrate(storage, ENDPOINT_SCHEMA.slice(0, ENDPOINT_SCHEMA.indexOf(SPANS_SCHEMA))),
    );
  const taking = { after: null, isAll: true };
  await object.take({ ...scene.batch(), ...taking });
  await openByOlderCode();
  const second = scene.batch();
  const answer = object.take({ ...second, ...taking, logId: `${second.logId}/1` });
  expect(await answer).toMatchObject({ outcome: "taken" });
  await expect(openByOlderCode()).rejects.toThrow(NEWER_TABLES);
});

import { expect, it } from "vitest";
import { type Counts, readCounts } from "../../src/domain/counts.ts";
import { PLAIN_PORTAL, type PortalSettings, readPortal } from "../../src/domain/portal.ts";
import { type PortalScope, readScope } from "../../src/domain/scope.ts";
import { stored } from "../../src/domain/stored.ts";

it("gives what a workspace's portal lacks the value of one that never chose", () => {
  expect(readPortal(null)).toEqual(PLAIN_PORTAL);
  expect(readPortal(stored<PortalSettings>({ name: "Acme" }))).toEqual({ ...PLAIN_PORTAL, name: "Acme" });
});

it("lets a session of which something is not on record reach no more than what is, and change nothing", () => {
  expect(readScope(null)).toBeNull();
  const scope = stored<PortalScope>({ endpointIds: ["ep_1"] });
  expect(readScope(scope)).toEqual({ endpointIds: ["ep_1"], metadata: {}, readOnly: true });
});

it("counts nothing where nothing was told", () => {
  expect(readCounts(null)).toEqual({});
  expect(readCounts(stored<Counts>({ created: 2 }))).toEqual({ created: 2 });
});

it("does not compile where what is stored is used without its reader", () => {
  const scope = stored<PortalScope>({ endpointIds: null });
  // @ts-expect-error a stored scope has no fields
  expect(scope.metadata).toBeUndefined();
});

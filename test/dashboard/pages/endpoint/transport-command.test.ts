import { expect, it } from "vitest";
import { transportCommand } from "../../../../src/dashboard/pages/endpoint/transport-command.ts";

const listened = { id: "ep_1", transport: "listen", url: "listen:", metadata: {} } as const;

it("names the endpoint where it is pulled, and the app and its name on the device where it is listened to", () => {
  expect(transportCommand({ ...listened, transport: "pull" })).toBe(
    "atlas pull ep_1 --exec './handle-event'",
  );
  expect(transportCommand(listened)).toBe("atlas webhooks listen --forward-to localhost:3000");
  const metadata = { atlas_device: "6e0f8a3c-0000-4000-8000-000000000000/shop" };
  expect(transportCommand({ ...listened, url: "http://localhost:4000/hooks", metadata })).toBe(
    "atlas webhooks listen --forward-to http://localhost:4000/hooks --name shop",
  );
});

it("gives a shell nothing to run of what others wrote", () => {
  const url = "http://localhost:4000/$(touch /tmp/x)?a=1&b='2'";
  const metadata = { atlas_device: "x/;reboot" };
  expect(transportCommand({ ...listened, url, metadata })).toBe(
    "atlas webhooks listen --forward-to 'http://localhost:4000/$(touch /tmp/x)?a=1&b='\\''2'\\''' --name ';reboot'",
  );
});

import { expect, it } from "vitest";
import { liveObjects } from "../../src/local/open-files.ts";
import { readSettings } from "../../src/local/settings.ts";
import { StartError } from "../../src/local/start-error.ts";

const KEY = Buffer.alloc(32, 7).toString("base64");

it("listens on loopback and delivers to public and loopback addresses unless told otherwise", () => {
  const settings = readSettings({});
  expect(settings).toMatchObject({ host: "127.0.0.1", port: 8787, slotsPerObject: 100 });
  expect(settings.dataDir).toBe(`${process.cwd()}/.atlas`);
  expect(settings.allowedNetworks).toEqual(["public", "127.0.0.0/8", "::1/128"]);
});

it("takes ALLOWED_NETWORKS as exactly what is said, in the form workerd reads", () => {
  const networks = (text: string) => readSettings({ ALLOWED_NETWORKS: text }).allowedNetworks;
  expect(networks("public")).toEqual(["public"]);
  expect(networks(" 10.1.2.3 , 0:0:0::1 ")).toEqual(["10.1.2.3/32", "::1/128"]);
});

it.each(["127.0.0.1", "127.8.0.1", "::1", "localhost"])("delivers to loopback while HOST is %s", (HOST) => {
  expect(readSettings({ HOST }).allowedNetworks).toEqual(["public", "127.0.0.0/8", "::1/128"]);
});

it.each(["0.0.0.0", "::", "192.168.1.7", "::ffff:10.0.0.1", "atlas.example.com"])(
  "delivers to public addresses alone while HOST is %s, unless told otherwise",
  (HOST) => {
    expect(readSettings({ HOST }).allowedNetworks).toEqual(["public"]);
    const told = readSettings({ HOST, ALLOWED_NETWORKS: "public,127.0.0.0/8" });
    expect(told.allowedNetworks).toEqual(["public", "127.0.0.0/8"]);
  },
);

it.each(["", " ", ","])("delivers nowhere where ALLOWED_NETWORKS is %o", (ALLOWED_NETWORKS) => {
  expect(readSettings({ ALLOWED_NETWORKS }).allowedNetworks).toEqual([]);
});

it("takes an empty variable for an unset one", () => {
  expect(readSettings({ PORT: "", ADMIN_TOKEN: " ", ENCRYPTION_KEY: "" })).toMatchObject({
    port: 8787,
    adminToken: null,
    encryptionKey: null,
  });
});

it("takes a list of encryption keys", () => {
  expect(readSettings({ ENCRYPTION_KEY: `${KEY},${KEY}` }).encryptionKey).toBe(`${KEY},${KEY}`);
});

it.each([
  { PORT: "65536" },
  { PORT: "80a" },
  { PORT: "-1" },
  { SLOTS_PER_OBJECT: "0" },
  { ARCHIVE_AFTER_SECONDS: "1.5" },
  { SAFETY_NET_SECONDS: "0" },
  { SAFETY_NET_SECONDS: "3601" },
  { INSPECTOR_PORT: "0" },
  { ENCRYPTION_KEY: Buffer.alloc(31).toString("base64") },
  { ENCRYPTION_KEY: `${KEY},` },
  { ALLOWED_NETWORKS: "private" },
  { ALLOWED_NETWORKS: "10.0.0.0/33" },
])("refuses %o by name", (environment) => {
  expect(() => readSettings(environment)).toThrow(StartError);
  expect(() => readSettings(environment)).toThrow(Object.keys(environment)[0]);
});

it("never shows a refused encryption key", () => {
  expect(() => readSettings({ ENCRYPTION_KEY: "verysecret" })).not.toThrow(/verysecret/);
});

it("leaves half of the open files to objects, four to each, and to no more than memory allows", () => {
  expect(liveObjects(1024)).toBe(128);
  expect(liveObjects(20_000)).toBe(2500);
  expect(liveObjects(1_048_576)).toBe(4000);
});

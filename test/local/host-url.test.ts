import { expect, it } from "vitest";
import { hostUrl } from "../../src/local/host-url.ts";

it.each([
  ["127.0.0.1", "http://127.0.0.1:8787/"],
  ["localhost", "http://localhost:8787/"],
  ["192.0.2.7", "http://192.0.2.7:8787/"],
  ["0.0.0.0", "http://127.0.0.1:8787/"],
  ["::", "http://[::1]:8787/"],
  ["::1", "http://[::1]:8787/"],
  ["2001:db8::7", "http://[2001:db8::7]:8787/"],
])("HOST %s is reached at %s", (host, url) => {
  expect(new URL(hostUrl(host, 8787)).href).toBe(url);
});

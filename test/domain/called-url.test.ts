import { expect, it } from "vitest";
import { calledUrl, isSameOrigin } from "../../src/domain/called-url.ts";

it.each([
  ["https://example.com", "https://example.com/"],
  ["HTTPS://Example.COM:443/Hook", "https://example.com/Hook"],
  ["https://example.com/a/../b/./c", "https://example.com/b/c"],
  ["https://example.com/a/%2e%2E/b", "https://example.com/b"],
  ["https://example.com\\a\\b", "https://example.com/a/b"],
  ["https://example.com/a b?c d", "https://example.com/a%20b?c%20d"],
  ["https://example.com/#part", "https://example.com/"],
  ["https://example.com./hook", "https://example.com/hook"],
  ["http://localhost.:4000/", "http://localhost:4000/"],
  ["http://0x7f.1/", "http://127.0.0.1/"],
  ["https://bücher.example/", "https://xn--bcher-kva.example/"],
  ["no url", "no url"],
])("calls %s as %s", (given, called) => {
  expect(calledUrl(given)).toBe(called);
  expect(calledUrl(called)).toBe(called);
});

it("tells origins apart by scheme, host and port, and by nothing else", () => {
  expect(isSameOrigin("https://a.example/x", "https://A.example:443/y?z")).toBe(true);
  expect(isSameOrigin("https://a.example/", "http://a.example/")).toBe(false);
  expect(isSameOrigin("https://a.example/", "https://b.a.example/")).toBe(false);
  expect(isSameOrigin("https://a.example/", "https://a.example:8443/")).toBe(false);
  expect(isSameOrigin("", "")).toBe(false);
});

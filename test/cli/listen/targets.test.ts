import { expect, it } from "vitest";
import { targetsOf } from "../../../src/cli/listen/targets.ts";
import { UsageError } from "../../../src/cli/shell/failure.ts";

it("reads where the app is from a port, a host or a whole URL", () => {
  expect(targetsOf("3000", []).first.href).toBe("http://localhost:3000/");
  expect(targetsOf("localhost:3000/hooks", []).first.href).toBe("http://localhost:3000/hooks");
  expect(targetsOf("https://app.test/a?b=c", []).first.href).toBe("https://app.test/a?b=c");
});

it("sends an event to the first route that takes its type, otherwise to where all go", () => {
  const targets = targetsOf("3000", ["deal.created=localhost:1/a", "deal.*=localhost:2/b"]);
  expect(targets.of("deal.created")?.href).toBe("http://localhost:1/a");
  expect(targets.of("deal.won")?.href).toBe("http://localhost:2/b");
  expect(targets.of("deal")?.href).toBe("http://localhost:3000/");
  expect(targets.types).toBeNull();
});

it("asks for the types of its routes alone, where nothing else says where events go", () => {
  const targets = targetsOf(undefined, ["deal.*=localhost:1"]);
  expect(targets.types).toEqual(["deal.*"]);
  expect(targets.of("contact.created")).toBeNull();
});

it.each([
  ["no app at all", undefined, []],
  ["another protocol", "ftp://localhost", []],
  ["credentials", "http://me:secret@localhost", []],
  ["a route without a URL", "3000", ["deal.*"]],
])("refuses %s", (_what, forwardTo, routes) => {
  expect(() => targetsOf(forwardTo, routes)).toThrow(UsageError);
});

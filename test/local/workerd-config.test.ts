import { expect, it } from "vitest";
import { configText, type WorkerdService } from "../../src/local/workerd-config.ts";

/** What is written of services, without what is around them. */
function written(...services: WorkerdService[]): string {
  const text = configText({ services, sockets: [] });
  return /services = \[(.*)\], sockets = \[\]\);\n$/s.exec(text)?.[1] ?? text;
}

it("writes fields by their names, lists and files to embed, and leaves out what is not set", () => {
  expect(
    written({
      name: "a",
      network: undefined,
      worker: { modules: [{ name: "m.js", esModule: { embed: "/m.js" } }], enableSql: true, count: 3 },
    }),
  ).toBe(
    '(name = "a", worker = (modules = [(name = "m.js", esModule = embed "/m.js")], enableSql = true, count = 3))',
  );
});

it("writes an empty list, which is not the same as none", () => {
  expect(written({ name: "a", network: { allow: [], deny: ["::/0"] } })).toBe(
    '(name = "a", network = (allow = [], deny = ["::/0"]))',
  );
});

it("escapes what would end or break a string, and nothing of other alphabets", () => {
  expect(written({ name: "a", disk: { path: '/da"ta\\\n\u0007/ü' } })).toBe(
    '(name = "a", disk = (path = "/da\\x22ta\\x5c\\x0a\\x07/ü"))',
  );
});

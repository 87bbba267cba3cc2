import { describe, expect, it } from "vitest";
import { isSameOrder, ORDER_BY, orderKeyIn } from "../../src/domain/order.ts";

const event = {
  context: { customer: "ada", empty: "" },
  tags: ["paid", "customer:42", "customer:43"],
  data: `{"id": 12345678901234567890, "a": {"b": "x\\u00e9", "n": null, "list": [1], "t": true}, "a.b": 1, "twice": 1, "twice": "last"}`,
};

describe("the key of an event", () => {
  it.each([
    ["context.customer", "ada"],
    ["context.empty", ""],
    ["context.absent", ""],
    ["context.__proto__", ""],
    ["tag:customer:", "42"],
    ["tag:paid", ""],
    ["tag:absent", ""],
    ["data.id", "12345678901234567890"],
    ["data.a.b", "xé"],
    ["data.a.t", "true"],
    ["data.twice", "last"],
  ])("by %s is %j", (by, key) => {
    expect(orderKeyIn(by, event)).toBe(key);
  });

  it.each(["data.a", "data.a.n", "data.a.list", "data.a.b.c", "data.absent", "data.absent.b", "data.id.b"])(
    "by %s is none, since no text, number or truth value lies there",
    (by) => {
      expect(orderKeyIn(by, event)).toBe("");
    },
  );
});

it("can be named by context, data or tag, and by nothing else", () => {
  for (const by of ["context.a", "context.a b", "data.a", "data.a.b.c.d.e.f.g.h", "tag:x", "tag:customer:"])
    expect(by).toMatch(ORDER_BY);
  for (const by of [
    "",
    "context.",
    "context",
    "data",
    "data.",
    "data..a",
    "data.a.",
    "data.a.b.c.d.e.f.g.h.i",
    "tag:",
    "type",
  ])
    expect(by).not.toMatch(ORDER_BY);
  expect(`data.${"x".repeat(65)}`).not.toMatch(ORDER_BY);
});

it("is the same order where it goes by the same key", () => {
  expect(isSameOrder({ by: "data.a" }, { by: "data.a" })).toBe(true);
  expect(isSameOrder({ by: "data.a" }, { by: "data.b" })).toBe(false);
  expect(isSameOrder("none", "none")).toBe(true);
  expect(isSameOrder("endpoint", { by: "data.a" })).toBe(false);
});

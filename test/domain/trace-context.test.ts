import { describe, expect, it } from "vitest";
import { isSampled, readTraceparent, writeTraceparent } from "../../src/domain/trace-context.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";

describe("a traceparent", () => {
  it("is read, and written with another span", () => {
    const context = readTraceparent(`00-${TRACE}-${SPAN}-01`);
    expect(context).toEqual({ traceId: TRACE, parentId: SPAN, flags: "01" });
    expect(context && writeTraceparent(context, "b7ad6b7169203331")).toBe(`00-${TRACE}-b7ad6b7169203331-01`);
  });

  it.each([
    ["01", true],
    ["00", false],
    ["ff", true],
    ["02", false],
  ])("with flags %s is sampled: %s", (flags, sampled) => {
    const context = readTraceparent(`00-${TRACE}-${SPAN}-${flags}`);
    expect(context && isSampled(context)).toBe(sampled);
  });

  it.each([`01-${TRACE}-${SPAN}-01`, `cc-${TRACE}-${SPAN}-01-what-comes-later`])(
    "of a later version is read as far as it is known: %s",
    (text) => {
      expect(readTraceparent(text)).toEqual({ traceId: TRACE, parentId: SPAN, flags: "01" });
    },
  );

  it.each([
    "",
    TRACE,
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-1`,
    `00-${TRACE}-${SPAN}-01-more`,
    `00-${TRACE}-${SPAN}-01 `,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${"0".repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${"0".repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE.slice(1)}g-${SPAN}-01`,
    `cc-${TRACE}-${SPAN}-01more`,
  ])("that breaks the specification is none: %j", (text) => {
    expect(readTraceparent(text)).toBeNull();
  });
});

import { expect, it } from "vitest";
import { byOutcome } from "../../src/domain/outcome.ts";

type Answer = { outcome: "made"; id: string } | { outcome: "full" | "gone" };

const told = (answer: Answer) =>
  byOutcome(answer, { made: ({ id }) => id, full: () => "no room", gone: () => "not there" });

it("follows the rule of the outcome, with what came with it", () => {
  expect(told({ outcome: "made", id: "a" })).toBe("a");
  expect(told({ outcome: "gone" })).toBe("not there");
});

it("does not compile while an outcome has no rule", () => {
  // @ts-expect-error full and gone have none
  const forgetful = (answer: Answer) => byOutcome(answer, { made: ({ id }) => id });
  expect(() => forgetful({ outcome: "full" })).toThrow("an object answered full");
});

it("throws what an object answered that runs newer code", () => {
  expect(() => told({ outcome: "later" } as unknown as Answer)).toThrow("an object answered later");
});

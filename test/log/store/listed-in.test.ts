import { expect, it } from "vitest";
import { listedIn } from "../../../src/log/store/listed-in.ts";
import { countedList } from "../events.ts";

it("a list that many events share is looked through once for an endpoint", () => {
  const { list, reads } = countedList(Array.from({ length: 100 }, (_, i) => i));
  const others = [100, 101];
  const [isIn, isNotIn] = [listedIn(99), listedIn(100)];
  const answers = Array.from({ length: 50 }, () => [
    isIn(list),
    isNotIn(list),
    isIn(others),
    isNotIn(others),
  ]);
  expect(answers).toEqual(Array(50).fill([true, false, false, true]));
  expect(reads()).toBe(200);
});

import { expect, it } from "vitest";
import { PagedRows } from "../../../../src/dashboard/components/table/row-list.ts";

const rows = new PagedRows([[], ["a", "b"], [], ["c"], [], [], ["d", "e", "f"], []]);

it("finds each row of pages by its place among all of them, whatever pages are empty", () => {
  expect(rows.length).toBe(6);
  expect([0, 1, 2, 3, 4, 5].map((place) => rows.at(place)).join("")).toBe("abcdef");
});

it("has nothing before its first row and behind its last one", () => {
  expect([rows.at(-1), rows.at(6), new PagedRows([]).at(0), new PagedRows([[]]).at(0)]).toEqual(
    Array.from({ length: 4 }, () => undefined),
  );
});

it("gives rows from one place to another, over the pages' borders, and all of them", () => {
  expect([rows.slice(1, 4), rows.slice(4, 99), rows.slice().join("")]).toEqual([
    ["b", "c", "d"],
    ["e", "f"],
    "abcdef",
  ]);
});

it("gives each row as it is now", () => {
  const now = new PagedRows([["a"], ["b"]], (row) => (row === "b" ? "B" : row));
  expect([now.at(0), now.at(1), now.slice()]).toEqual(["a", "B", ["a", "B"]]);
});

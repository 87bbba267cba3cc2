import { useState } from "react";
import { numberOf } from "./number-field.tsx";

/**
 * The number that is typed into a `NumberField`, which takes `field`. `number`: null = nothing is typed, undefined = what
 * is typed is no number.
 */
export function useNumber() {
  const [value, onChange] = useState("");
  return { number: numberOf(value), field: { value, onChange } };
}

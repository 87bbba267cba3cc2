/** Whether a call failed because its object has too much to do, or no place among the open objects. */
export function isOverloaded(error: unknown): boolean {
  return error instanceof Error && Reflect.get(error, "overloaded") === true;
}

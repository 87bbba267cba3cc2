/** An order by key: of the customer that an event's data names. */
export const BY_KEY = { by: "data.customer" };

/** The customers of the events; one in four has none. */
const CUSTOMERS = ["ada", "bob", "cyd"];

/** The key of an event by its number; empty = it has none. */
export function keyOfEvent(n: number): string {
  return CUSTOMERS[n % (CUSTOMERS.length + 1)] ?? "";
}

/** The key whose events a receiver that is "poisoned" refuses. */
export const POISONED_KEY = "ada";

/** What an event's data says of its customer. */
export function customerOf(n: number): { customer?: string } {
  const key = keyOfEvent(n);
  return key === "" ? {} : { customer: key };
}

/** Whether an order, as it was asked for, is by key. */
export function isByKey(order: unknown): boolean {
  return typeof order === "object" && order !== null;
}

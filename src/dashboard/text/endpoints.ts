import { countText } from "./format.ts";

/** An endpoint's rules in words. */
export const policy = {
  contract: "Contract",
  types: "Types",
  filter: "Filter",
  retry: "Retry",
  timeout: "Timeout",
  order: "Order",
  rate: "Rate",
  deadLetter: "Dead letter",
  attempts: (count: number, duration: string) =>
    count === 1 ? "one attempt, no retry" : `${countText(count, "attempt")} over ${duration}`,
  perAttempt: (duration: string) => `${duration} per attempt`,
  perSecond: (rate: number) => `${rate} per second`,
  strict: "strict, one at a time",
  inFlight: (count: number) => `${count} at once, in no order`,
  onDeadLetter: { continue: "goes on with the next", pause: "pauses the endpoint" },
};

/** A promise that was broken. `lost`, `order` and `repeats` are promises 1 and 5, 3, and 2 of docs/architecture.md. */
export interface Violation {
  kind:
    | "lost"
    | "order"
    | "repeats"
    | "schedule"
    | "limits"
    | "sequences"
    | "counters"
    | "isolation"
    | "secrets"
    | "configuration"
    | "liveness"
    | "memory"
    | "price"
    | "answers"
    | "uncaught";
  text: string;
}

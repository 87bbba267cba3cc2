import { attemptErrors } from "./attempt-errors.ts";
import { deliveries, delivery } from "./deliveries.ts";
import { policy } from "./endpoints.ts";
import { actions, code, diff, filters, shell, states } from "./frame.ts";

/** Every sentence of the page, by where it stands. */
export const text = {
  actions,
  attemptErrors,
  code,
  deliveries,
  delivery,
  diff,
  filters,
  policy,
  shell,
  states,
};

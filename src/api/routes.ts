import { ensureAnswerHolds } from "../endpoints/store.ts";
import { routesWith } from "../http/route.ts";

/* How a route of /v1 is added: for keys of a workspace, and for the operator. */

export const { addRoute, addOperatorRoute } = routesWith(ensureAnswerHolds);

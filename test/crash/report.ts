import { type Order, orderBy } from "../../src/domain/order.ts";
import type { CrashEndpoint } from "./endpoints.ts";
import type { Publication } from "./publications.ts";
import type { Verdict } from "./verdict.ts";

const VIOLATIONS_PRINTED = 20;

/** Prints what was counted and what went wrong; returns whether nothing did. */
export function report(
  verdicts: readonly { endpoint: CrashEndpoint; verdict: Verdict }[],
  violations: readonly string[],
  publications: readonly Publication[],
  kills: number,
): boolean {
  const acknowledged = publications.filter(({ acceptedId }) => acceptedId !== null).length;
  console.log(`${kills} kills; ${publications.length} events sent, ${acknowledged} acknowledged`);
  console.table(
    Object.fromEntries(
      verdicts.map(({ endpoint, verdict }) => [
        endpoint.name,
        {
          attempts: verdict.attempts,
          "at once": `${verdict.mostAtOnce} of ${endpoint.maxInFlight}`,
          acknowledged: verdict.expected,
          delivered: verdict.delivered,
          "without a 202": verdict.unacknowledged,
          repeats: verdict.repeats,
          "most per crash": mostTold(verdict),
          violations: verdict.violations.length,
        },
      ]),
    ),
  );
  console.log(mostRepeatsTold(verdicts));
  const all = [
    ...violations,
    ...verdicts.flatMap(({ endpoint, verdict }) =>
      verdict.violations.map((text) => `${endpoint.name}: ${text}`),
    ),
    ...wrongAnswers(verdicts, publications),
  ];
  for (const text of all.slice(0, VIOLATIONS_PRINTED)) console.log(`VIOLATION ${text}`);
  if (all.length > VIOLATIONS_PRINTED) console.log(`… and ${all.length - VIOLATIONS_PRINTED} more`);
  console.log(all.length === 0 ? "every promise was kept" : `${all.length} violations`);
  return all.length === 0;
}

function mostTold({ mostRepeats, mostRepeatsOfKey, allowedRepeats }: Verdict): string {
  return mostRepeatsOfKey === null
    ? `${mostRepeats} of ${allowedRepeats}`
    : `${mostRepeats}; ${mostRepeatsOfKey} of ${allowedRepeats} of one key`;
}

/** The most that any crash repeated, by what promise 2 allows it for: an endpoint without an order, in order, a key. */
export function mostRepeatsTold(
  verdicts: readonly {
    endpoint: Pick<CrashEndpoint, "order">;
    verdict: Pick<Verdict, "mostRepeats" | "mostRepeatsOfKey">;
  }[],
): string {
  const most = (isOf: (order: Order) => boolean) =>
    Math.max(
      0,
      ...verdicts
        .filter(({ endpoint }) => isOf(endpoint.order))
        .map(({ verdict }) => verdict.mostRepeatsOfKey ?? verdict.mostRepeats),
    );
  return [
    `most repeats per crash: ${most((order) => order === "none")} at an endpoint without an order`,
    `${most((order) => order === "endpoint")} in order by endpoint`,
    `${most((order) => orderBy(order) !== null)} of one key in order by key`,
  ].join(", ");
}

/** 202s whose `endpoints` is not how many the event matches. */
function wrongAnswers(
  verdicts: readonly { endpoint: CrashEndpoint }[],
  publications: readonly Publication[],
): string[] {
  return publications.flatMap((one) => {
    const matching = verdicts.filter(({ endpoint }) => endpoint.matches(one)).length;
    return one.endpoints === null || one.endpoints === matching
      ? []
      : [`event ${one.acceptedId} was answered with ${one.endpoints} endpoints, not ${matching}`];
  });
}

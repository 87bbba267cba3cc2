import { contractsShape, jsonObjectShape } from "../../src/catalog/stored.ts";
import { readSubscription } from "../../src/contract/endpoint-fields.ts";
import { readPolicy } from "../../src/contract/policy.ts";
import { statusChangeShape } from "../../src/delivery/configuration/status-change-shape.ts";
import { toldShape } from "../../src/delivery/health/d1-report.ts";
import { outboxShape } from "../../src/delivery/health/operational.ts";
import { replayStepShape } from "../../src/delivery/queue/replays.ts";
import { endedSweepsShape, sweepsShape } from "../../src/delivery/queue/stored-sweeps.ts";
import { failingShape } from "../../src/delivery/record/stored-counts.ts";
import { hourShape } from "../../src/delivery/tables/hour.ts";
import { leasedShape } from "../../src/delivery/tables/leases.ts";
import { totalsShape } from "../../src/delivery/tables/stats.ts";
import { dialects } from "../../src/dialects/index.ts";
import { actorShape, auditedFieldsShape } from "../../src/domain/audit.ts";
import { readCounts } from "../../src/domain/counts.ts";
import { attemptsShape, eventMetaShape, lastAttemptShape } from "../../src/domain/delivery-shapes.ts";
import {
  endpointConfigShape,
  pairsShape,
  readHealth,
  secretsShape,
} from "../../src/domain/endpoint-shapes.ts";
import {
  inboxAnswersShape,
  inboxHeadersShape,
  inboxScopeShape,
  inboxSignatureShape,
} from "../../src/domain/inbox.ts";
import { readPortal } from "../../src/domain/portal.ts";
import { readScope } from "../../src/domain/scope.ts";
import type { Shape, StoredText } from "../../src/domain/stored.ts";
import { tailReportsShape, watchShape } from "../../src/domain/tail.ts";
import { foundShape } from "../../src/log/replay/replay-found.ts";
import { cursorShape, numbersShape, planShape, selectionShape } from "../../src/log/replay/replay-shapes.ts";
import { eventCountsShape } from "../../src/log/store/event-counts.ts";
import { seedShape } from "../../src/log/store/id-seed.ts";
import { directoryShape } from "../../src/log/store/segment.ts";
import { subscriptionShape } from "../../src/log/store/subscription-shape.ts";
import { unreadPieceShape } from "../../src/log/store/unread.ts";
import type { ReleasedVersion } from "./versions.ts";

/** Reads the text of a stored value. */
type ReadText = (text: string) => unknown;

const by =
  <Value>(shape: Shape<Value>): ReadText =>
  (text) =>
    shape.read(text as StoredText<Value>);

/** Today's readers of what 0.1.0 stored, by the names of shapes.ts. */
const since01: Record<string, ReadText> = {
  policy: (text) => {
    // `serialize` is read as `order`, of which it was the name.
    const policy = readPolicy(JSON.parse(text), dialects.standard.defaults);
    return { ...policy, serialize: policy.order === "endpoint" };
  },
  subscription: (text) => readSubscription(JSON.parse(text)),
  health: (text) => readHealth(JSON.parse(text)),
  metadata: by(pairsShape),
  dialectOptions: by(pairsShape),
  actor: by(actorShape),
  audited: by(auditedFieldsShape),
  typeSchema: by(jsonObjectShape),
  typeSample: by(jsonObjectShape),
  logSubscription: by(subscriptionShape),
  selection: by(selectionShape),
  cursor: by(cursorShape),
  plan: by(planShape),
  directory: by(directoryShape),
  eventMeta: by(eventMetaShape),
  lastAttempt: by(lastAttemptShape),
  attempts: by(attemptsShape),
  hour: by(hourShape),
  config: by(endpointConfigShape),
  failing: by(failingShape),
  outbox: by(outboxShape),
  sweeps: by(sweepsShape),
  seed: by(seedShape),
  replayStep: by(replayStepShape),
};

/** The same of what came with 0.2.0. */
const since02: Record<string, ReadText> = {
  counts: (text) => readCounts(JSON.parse(text)),
  catalog: by(contractsShape),
  secrets: by(secretsShape),
  portal: (text) => readPortal(JSON.parse(text)),
  scope: (text) => readScope(JSON.parse(text)),
  inboxScope: by(inboxScopeShape),
  inboxAnswers: by(inboxAnswersShape),
  inboxHeaders: by(inboxHeadersShape),
  inboxSignature: by(inboxSignatureShape),
  subscriptionVersion: by(subscriptionShape),
  numbers: by(numbersShape),
  found: by(foundShape),
  totals: by(totalsShape),
  leased: by(leasedShape),
  tailReports: by(tailReportsShape),
  watch: by(watchShape),
  told: by(toldShape),
  endedSweeps: by(endedSweepsShape),
  statusChange: by(statusChangeShape),
  eventCounts: by(eventCountsShape),
  unreadPiece: by(unreadPieceShape),
};

/** Today's readers of what each released version stored. */
export const readersOf: Record<ReleasedVersion, Record<string, ReadText>> = {
  "0.1.0": since01,
  "0.2.0": { ...since01, ...since02 },
};

/** Shapes that no reader above has, and why. At a release those that no version had written move above. */
export const ELSEWHERE: Record<string, string> = {
  acceptedEventsShape: "kept for a day: test/domain/accepted-events.test.ts",
  chosenShape: "kept for a day: test/log/replay/kept-answers.test.ts",
  replayJobShape: "kept for a day: test/log/replay/kept-answers.test.ts",
  replayBatchShape: "kept for a day: test/log/replay/kept-answers.test.ts",
  replayAnswerShape: "kept for a day: test/delivery/kept-answers.test.ts",
  retryAnswerShape: "kept for a day: test/delivery/kept-answers.test.ts",
  cancelAnswerShape: "kept for a day: test/delivery/kept-answers.test.ts",
  attemptShape: "an item of attempts",
  headerShape: "of a chunk: the whole chunks are read",
  unreadShape: "written by no released version",
  listenerShape: "sent, not stored",
  watchingShape: "sent, not stored",
  columnsShape: "written by no released version",
  amountShape: "written by no released version",
  logRoutingShape: "written by no released version",
  logShareShape: "written by no released version",
};

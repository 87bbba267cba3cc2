import { Inbox, List } from "lucide-react";
import { useDeferredValue, useMemo, useState } from "react";
import { ButtonLink } from "../../components/button/button.tsx";
import { PageHead } from "../../components/page-head/page-head.tsx";
import { LoadError, Skeleton } from "../../components/states/states.tsx";
import { useSearchState } from "../../search/search-state.ts";
import { useSession } from "../../session/session.ts";
import { type Diagnosis, diagnose } from "../../signature/diagnosis.ts";
import { text } from "../../text/text.ts";
import { type Draft, emptyDraft, evidenceOf } from "./draft.ts";
import { EvidenceForm } from "./evidence-form.tsx";
import { Findings } from "./findings.tsx";
import { useDeliveryDraft, useInboxDraft } from "./from-delivery.ts";

const t = text.signature;

/** Why a signature does not fit: by a delivery, or by what somebody pastes, signed in or not. */
export function SignatureDebugger() {
  const session = useSession();
  return (
    <>
      <PageHead title={t.title} lead={t.lead}>
        {session !== null && (
          <>
            <ButtonLink icon={List} href="/deliveries">
              {t.from}
            </ButtonLink>
            <ButtonLink icon={Inbox} href="/inbox">
              {t.fromInbox}
            </ButtonLink>
          </>
        )}
      </PageHead>
      {session === null ? <Debugger first={emptyDraft()} /> : <OfRequest />}
    </>
  );
}

function OfRequest() {
  const [{ endpoint, delivery, inbox, request }] = useSearchState();
  const sent = useDeliveryDraft(endpoint, delivery);
  const received = useInboxDraft(inbox, request);
  const draft = inbox === undefined ? sent : received;
  const key = inbox === undefined ? delivery : `${inbox} ${request}`;
  if (key === undefined) return <Debugger first={emptyDraft()} />;
  if (draft.data !== undefined) return <Debugger key={key} first={draft.data} endpointId={endpoint} />;
  return (
    <div className="card">
      {draft.isError ? (
        <LoadError what={t.what} error={draft.error} retry={() => draft.refetch()} />
      ) : (
        <Skeleton lines={8} />
      )}
    </div>
  );
}

function Debugger({ first, endpointId }: { first: Draft; endpointId?: string | undefined }) {
  const [draft, setDraft] = useState(first);
  const judged = useDeferredValue(draft);
  const evidence = useMemo(() => evidenceOf(judged), [judged]);
  const diagnosis = useMemo((): Diagnosis | null => evidence && diagnose(evidence), [evidence]);
  return (
    <div className="cols split">
      <EvidenceForm
        draft={draft}
        onChange={(change) => setDraft({ ...draft, ...change })}
        endpointId={endpointId}
      />
      <Findings evidence={evidence} diagnosis={diagnosis} />
    </div>
  );
}

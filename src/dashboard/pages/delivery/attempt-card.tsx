import { Fingerprint } from "lucide-react";
import { useId, useState } from "react";
import type { Attempt, DeliveryWithAttempts } from "../../../sdk/client/index.ts";
import { useDeliveryRequest } from "../../api/deliveries.ts";
import { Banner } from "../../components/banner/banner.tsx";
import { ButtonLink } from "../../components/button/button.tsx";
import { Code, hexText, roundedLine } from "../../components/code/code.tsx";
import { HeaderTable } from "../../components/code/header-table.tsx";
import { LoadError, Skeleton } from "../../components/states/states.tsx";
import { Choice, Tabs } from "../../components/tabs/tabs.tsx";
import { latencyText, sizeText, statusText } from "../../text/format.ts";
import { text } from "../../text/text.ts";

const t = text.delivery;

type Part = "request" | "response" | "headers";

interface AttemptCardProps {
  delivery: DeliveryWithAttempts;
  /** Undefined = none was made yet. */
  attempt: Attempt | undefined;
  shown: number | null;
  onShow(number: number): void;
}

/** One attempt: what came of it in words, what was sent, what was answered. */
export function AttemptCard({ delivery, attempt, shown, onShow }: AttemptCardProps) {
  const [part, setPart] = useState<Part>("request");
  const request = useDeliveryRequest(delivery.endpoint_id, delivery.id, shown);
  const id = useId();
  const title = t.attempt(attempt?.number ?? delivery.attempt_count + 1);
  const headerCount = Object.keys(request.data?.headers ?? {}).length;
  return (
    <section className="card" aria-labelledby={`${id}-title`}>
      <header>
        <h2 id={`${id}-title`}>{title}</h2>
        {delivery.attempts.length > 1 && (
          <Choice
            isSmall
            label={t.attemptGroup}
            options={delivery.attempts.map(({ number }) => ({ name: String(number), title: String(number) }))}
            selected={String(shown)}
            onSelect={(number) => onShow(Number(number))}
          />
        )}
      </header>
      <div className="body stack">
        {attempt && <Outcome attempt={attempt} />}
        <Tabs<Part>
          label={t.parts}
          panel={id}
          selected={part}
          onSelect={setPart}
          tabs={[
            { name: "request", title: t.request },
            { name: "response", title: t.response },
            { name: "headers", title: t.headers, count: headerCount > 0 ? String(headerCount) : undefined },
          ]}
        />
        <div className="stack" id={id} role="tabpanel" aria-label={t[part]}>
          {part === "response" ? (
            <Response attempt={attempt} />
          ) : request.isPending ? (
            <Skeleton lines={5} />
          ) : request.isError ? (
            <LoadError what={t.what} error={request.error} retry={() => request.refetch()} />
          ) : (
            <>
              {part === "request" ? (
                <Body
                  of={request.data.body}
                  title={`${request.data.method} ${pathOf(request.data.url)}, ${sizeText(bytesOf(request.data.body))}`}
                />
              ) : (
                <>
                  <HeaderTable headers={request.data.headers} label={t.headers} />
                  <div className="row">
                    <ButtonLink
                      isSmall
                      icon={Fingerprint}
                      href={`/signature?endpoint=${delivery.endpoint_id}&delivery=${delivery.id}`}
                    >
                      {t.debugSignature}
                    </ButtonLink>
                  </div>
                </>
              )}
              {!request.data.on_record && (
                <p className="hint">{attempt === undefined ? t.beforeFirst : t.notOnRecord}</p>
              )}
            </>
          )}
        </div>
      </div>
    </section>
  );
}

/** What came of an attempt, in words. */
export function Outcome({ attempt }: { attempt: Attempt }) {
  const { outcome, error, response, duration_ms } = attempt;
  if (outcome === "success") {
    return (
      <Banner
        state="delivered"
        title={t.success(statusText(response?.status ?? 0), latencyText(duration_ms))}
      />
    );
  }
  const explained = text.attemptErrors[error ?? ""];
  const failed = { error, status: response?.status ?? null, duration_ms };
  return (
    <Banner state="dead" title={explained?.title(failed) ?? error}>
      {explained?.advice}
    </Banner>
  );
}

/** What the receiver answered. */
export function Response({ attempt }: { attempt: Attempt | undefined }) {
  if (attempt === undefined) return <p className="hint">{t.beforeFirst}</p>;
  const { response } = attempt;
  if (response === null) return <p className="hint">{t.noResponse}</p>;
  const title = `${statusText(response.status)}${response.encoding === "base64" ? ", base64" : ""}`;
  return (
    <>
      {response.body === "" ? (
        <p className="hint">{t.emptyBody}</p>
      ) : (
        <Body of={response.body} title={title} />
      )}
      {response.truncated && <p className="hint">{t.truncated}</p>}
      <HeaderTable headers={response.headers} label={t.headers} />
    </>
  );
}

type Form = "pretty" | "raw" | "hex";

/** A body: in lines of its own, as it was sent, or its bytes. */
export function Body({ of, title }: { of: string; title: string }) {
  const [form, setForm] = useState<Form>("pretty");
  const rounded = form === "pretty" ? roundedLine(of) : null;
  return (
    <>
      <Code
        of={form === "hex" ? hexText(of) : of}
        title={title}
        name={title}
        isPretty={form === "pretty"}
        aside={
          <Choice<Form>
            isSmall
            label={t.showAs}
            options={[
              { name: "pretty", title: t.pretty },
              { name: "raw", title: t.raw },
              { name: "hex", title: t.hex },
            ]}
            selected={form}
            onSelect={setForm}
          />
        }
      />
      <p className="hint">
        {t.asSent} {rounded !== null && t.rounded(rounded)}
      </p>
    </>
  );
}

function bytesOf(body: string): number {
  return new TextEncoder().encode(body).length;
}

/** A masked URL may be none. */
function pathOf(url: string): string {
  const parsed = URL.parse(url);
  return parsed === null ? url : `${parsed.pathname}${parsed.search}`;
}

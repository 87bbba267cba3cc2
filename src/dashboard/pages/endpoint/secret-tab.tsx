import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Eye, EyeOff, RefreshCw } from "lucide-react";
import { Fragment, useState } from "react";
import type { Endpoint, RotatedSecret } from "../../../sdk/client/index.ts";
import { Button } from "../../components/button/button.tsx";
import { Card } from "../../components/card/card.tsx";
import { Id } from "../../components/copy/copy.tsx";
import { Dialog } from "../../components/dialog/dialog.tsx";
import { optionsOf, SelectField } from "../../components/field/select-field.tsx";
import { LoadError, Skeleton, sentenceOf } from "../../components/states/states.tsx";
import { ClockTime } from "../../components/time/time.tsx";
import { useAtlas } from "../../session/session.ts";
import { text } from "../../text/text.ts";

const t = text.secret;

/** An endpoint's secrets: shown only when asked for, and rotated with a time of grace. */
export function SecretTab({ endpoint }: { endpoint: Endpoint }) {
  const [isShown, setIsShown] = useState(false);
  const [isRotating, setIsRotating] = useState(false);
  return (
    <Card
      title={t.title}
      footer={
        <div className="row">
          <Button icon={isShown ? EyeOff : Eye} onClick={() => setIsShown(!isShown)}>
            {isShown ? t.hide : t.reveal}
          </Button>
          <Button kind="quiet" icon={RefreshCw} onClick={() => setIsRotating(true)}>
            {t.rotate}
          </Button>
        </div>
      }
    >
      <div className="body stack">
        <p className="muted">{t.means}</p>
        {isShown ? <Secrets id={endpoint.id} /> : <code>••••••••••••••••</code>}
      </div>
      {isRotating && <RotateDialog endpoint={endpoint} onClose={() => setIsRotating(false)} />}
    </Card>
  );
}

function Secrets({ id }: { id: string }) {
  const atlas = useAtlas();
  const secret = useQuery({
    queryKey: ["secret", id],
    queryFn: ({ signal }) => atlas.endpoints.secret(id, { signal }),
    // It does not stay in memory once it is hidden.
    gcTime: 0,
  });
  if (secret.isPending) return <Skeleton lines={2} />;
  if (secret.isError) return <LoadError what={t.title} error={secret.error} retry={() => secret.refetch()} />;
  const { data } = secret;
  if (data.secret === null) return <p>{t.none}</p>;
  return (
    <dl className="kv">
      <dt>{t.current}</dt>
      <dd>
        <Id of={data.secret} />
      </dd>
      {data.public_key !== null && (
        <>
          <dt>{t.publicKey}</dt>
          <dd>
            <Id of={data.public_key} />
          </dd>
        </>
      )}
      {data.previous.map(({ secret: earlier, expires_at }) => (
        <Fragment key={earlier}>
          <dt>
            {t.endsAt} <ClockTime at={expires_at} />
          </dt>
          <dd>
            <Id of={earlier} />
          </dd>
        </Fragment>
      ))}
    </dl>
  );
}

function RotateDialog({ endpoint, onClose }: { endpoint: Endpoint; onClose(): void }) {
  const atlas = useAtlas();
  const queries = useQueryClient();
  const [hours, setHours] = useState("24");
  const rotate = useMutation({
    mutationFn: () => atlas.endpoints.rotateSecret(endpoint.id, { grace_hours: Number(hours) }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["secret", endpoint.id] }),
  });
  return (
    <Dialog
      title={t.rotate}
      onClose={onClose}
      footer={
        rotate.data === undefined ? (
          <>
            <Button onClick={onClose}>{text.actions.cancel}</Button>
            <Button kind="primary" isBusy={rotate.isPending} onClick={() => rotate.mutate()}>
              {t.rotate}
            </Button>
          </>
        ) : (
          <Button kind="primary" onClick={onClose}>
            {text.actions.close}
          </Button>
        )
      }
    >
      {rotate.data === undefined ? (
        <>
          <p className="muted">{t.rotateMeans}</p>
          <SelectField
            label={t.grace}
            error={rotate.error && sentenceOf(rotate.error)}
            value={hours}
            options={optionsOf(t.graces)}
            onChange={setHours}
          />
        </>
      ) : (
        <Rotated secret={rotate.data} />
      )}
    </Dialog>
  );
}

function Rotated({ secret: { secret, previous_expires_at } }: { secret: RotatedSecret }) {
  return (
    <dl className="kv" aria-live="polite">
      <dt>{t.rotated}</dt>
      <dd>
        <Id of={secret} />
      </dd>
      {previous_expires_at !== null && (
        <>
          <dt>{t.endsAt}</dt>
          <dd>
            <ClockTime at={previous_expires_at} />
          </dd>
        </>
      )}
    </dl>
  );
}

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { refreshDeliveries } from "../../api/deliveries.ts";
import { useEndpoints } from "../../api/endpoints.ts";
import { Button } from "../../components/button/button.tsx";
import { Dialog } from "../../components/dialog/dialog.tsx";
import { sentenceOf } from "../../components/states/states.tsx";
import { toast } from "../../components/toast/toast.tsx";
import { useAtlas } from "../../session/session.ts";
import { endpointName, sequenceText } from "../../text/format.ts";
import { text } from "../../text/text.ts";
import { deliveryHref } from "../deliveries/rows.tsx";

const t = text.delivery;

/** The event again, to endpoints that are chosen. */
export function ReplayTo({ eventId, onClose }: { eventId: string; onClose(): void }) {
  const atlas = useAtlas();
  const queries = useQueryClient();
  const endpoints = useEndpoints({ limit: 200, status: "enabled" });
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const replay = async () => {
    setIsBusy(true);
    try {
      const { deliveries } = await atlas.events.replay(eventId, chosen);
      for (const made of deliveries)
        toast({
          state: "delivered",
          title: t.replayed(sequenceText(made.sequence)),
          href: deliveryHref(made),
        });
      refreshDeliveries(queries);
      onClose();
    } catch (failure) {
      setError(sentenceOf(failure));
      setIsBusy(false);
    }
  };
  return (
    <Dialog
      title={t.replayToTitle}
      isChanged={chosen.length > 0}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{text.actions.cancel}</Button>
          <Button kind="primary" disabled={chosen.length === 0} isBusy={isBusy} onClick={replay}>
            {t.replayTo1(chosen.length)}
          </Button>
        </>
      }
    >
      <p className="muted">{t.replayToHint}</p>
      <div className="stack close">
        {endpoints.data?.pages
          .flatMap(({ data }) => data)
          .map(({ id, url }) => (
            <label key={id} className="check">
              <input
                type="checkbox"
                checked={chosen.includes(id)}
                onChange={({ target }) =>
                  setChosen(target.checked ? [...chosen, id] : chosen.filter((one) => one !== id))
                }
              />
              <span className="cut">{endpointName(url)}</span>
            </label>
          ))}
      </div>
      {error !== null && (
        <p className="error" role="alert">
          {error}
        </p>
      )}
    </Dialog>
  );
}

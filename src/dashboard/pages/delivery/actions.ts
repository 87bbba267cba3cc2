import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Delivery, EndpointChange } from "../../../sdk/client/index.ts";
import { refreshDeliveries } from "../../api/deliveries.ts";
import { copyText } from "../../components/copy/clipboard.ts";
import { sentenceOf } from "../../components/states/states.tsx";
import { toast } from "../../components/toast/toast.tsx";
import { useAtlas } from "../../session/session.ts";
import { sequenceText } from "../../text/format.ts";
import { text } from "../../text/text.ts";
import { deliveryHref } from "../deliveries/rows.tsx";
import { curlText, httpFileText } from "./curl.ts";

const t = text.delivery;

/** What can be done with one delivery; each tells what came of it. */
export function useDeliveryActions(delivery: Delivery) {
  const atlas = useAtlas();
  const queries = useQueryClient();
  const { endpoint_id: endpointId, id } = delivery;
  const { mutate, isPending } = useMutation({
    mutationFn: (act: () => Promise<{ title: string; detail?: string; href?: string }>) => act(),
    onSuccess: (told) => toast({ state: "delivered", ...told }),
    onError: (error) =>
      toast({
        state: "canceled",
        title: text.deliveries.notDone(sequenceText(delivery.sequence)),
        detail: sentenceOf(error),
      }),
    onSettled: () => refreshDeliveries(queries),
  });
  const copy = (write: typeof curlText, signed?: "now") =>
    mutate(async () => {
      const request = await atlas.endpoints.deliveryRequest(endpointId, id, signed && { signed });
      await copyText(write(request));
      return { title: text.deliveries.copied(sequenceText(delivery.sequence)), detail: t.curlMasked };
    });
  return {
    isBusy: isPending,
    retry: () =>
      mutate(async () => {
        await atlas.endpoints.retry(endpointId, id);
        return { title: t.retried };
      }),
    cancel: () =>
      mutate(async () => {
        await atlas.endpoints.cancel(endpointId, id);
        return { title: t.canceled };
      }),
    replay: () =>
      mutate(async () => {
        const made = await atlas.endpoints.replay(endpointId, id);
        return { title: t.replayed(sequenceText(made.sequence)), href: deliveryHref(made) };
      }),
    setStatus: (status: NonNullable<EndpointChange["status"]>) =>
      mutate(async () => {
        await atlas.endpoints.update(endpointId, { status });
        return { title: t.resumed };
      }),
    copyCurl: () => copy(curlText),
    copyCurlAnew: () => copy(curlText, "now"),
    copyHttp: () => copy(httpFileText),
  };
}

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Pencil, Send, Trash2 } from "lucide-react";
import { useId, useState } from "react";
import { useLocation } from "wouter";
import type { EventType } from "../../../sdk/client/index.ts";
import { useSample } from "../../api/event-types.ts";
import { Banner } from "../../components/banner/banner.tsx";
import { Button, ButtonLink } from "../../components/button/button.tsx";
import { Code } from "../../components/code/code.tsx";
import { HeaderTable } from "../../components/code/header-table.tsx";
import { Dialog } from "../../components/dialog/dialog.tsx";
import { FailureLine, LoadError, Skeleton } from "../../components/states/states.tsx";
import { Choice } from "../../components/tabs/tabs.tsx";
import { toast } from "../../components/toast/toast.tsx";
import { useAtlas } from "../../session/session.ts";
import { text } from "../../text/text.ts";
import { EventTypeDialog } from "./event-type-dialog.tsx";

const t = text.eventTypes;

/** One type: its sample as each contract sends it, and its schema. */
export function TypeDetail({
  of: type,
  contract,
  isAdmin,
}: {
  of: EventType;
  contract: string | undefined;
  isAdmin: boolean;
}) {
  const heading = useId();
  const [dialect, setDialect] = useState(contract ?? "standard");
  const [open, setOpen] = useState<"edit" | "delete" | null>(null);
  const sample = useSample(type.type, dialect);
  const isOurs = type.type.startsWith("webhooks.");
  return (
    <section className="card" aria-labelledby={heading}>
      <header>
        <h2 id={heading} className="mono-name cut">
          {type.type}
        </h2>
        {isAdmin && !isOurs && (
          <span className="row">
            <ButtonLink isSmall icon={Send} href={`/events?send=${encodeURIComponent(type.type)}`}>
              {t.sendIt}
            </ButtonLink>
            <Button isSmall icon={Pencil} onClick={() => setOpen("edit")}>
              {t.edit}
            </Button>
            <Button isSmall kind="danger" icon={Trash2} onClick={() => setOpen("delete")}>
              {t.delete}
            </Button>
          </span>
        )}
      </header>
      <div className="body stack">
        {type.deprecated && <Banner state="paused" title={t.deprecated} />}
        <p>
          {type.description} {type.category && <span className="muted">{t.category(type.category)}</span>}
        </p>
        <div className="row wrap">
          <span className="label">{t.sample}</span>
          <span className="grow" />
          <Choice
            isSmall
            label={t.contract}
            selected={dialect}
            onSelect={setDialect}
            options={text.endpointForm.dialects.map(({ value, title }) => ({ name: value, title }))}
          />
        </div>
        {sample.isPending && <Skeleton lines={6} />}
        {sample.isError && <LoadError what={t.sample} error={sample.error} retry={() => sample.refetch()} />}
        {sample.data !== undefined && (
          <>
            <Code of={sample.data.body} title={t.wire(type.type)} name={t.wire(type.type)} isPretty />
            <HeaderTable headers={sample.data.headers} label={text.delivery.headers} />
          </>
        )}
        <h3>{t.schema}</h3>
        {type.schema == null ? (
          <p className="muted">{t.noSchema}</p>
        ) : (
          <Code of={JSON.stringify(type.schema)} title={t.schema} name={t.schema} isPretty />
        )}
      </div>
      {open === "edit" && <EventTypeDialog of={type} onClose={() => setOpen(null)} />}
      {open === "delete" && <DeleteType type={type.type} onClose={() => setOpen(null)} />}
    </section>
  );
}

function DeleteType({ type, onClose }: { type: string; onClose(): void }) {
  const atlas = useAtlas();
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const remove = useMutation({
    mutationFn: () => atlas.eventTypes.delete(type),
    onSuccess: () => {
      toast({ state: "disabled", title: t.deleted(type) });
      void queries.invalidateQueries({ queryKey: ["event types"] });
      navigate("/event-types");
      onClose();
    },
  });
  return (
    <Dialog
      title={t.deleteTitle(type)}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{text.actions.keep}</Button>
          <Button kind="danger solid" isBusy={remove.isPending} onClick={() => remove.mutate()}>
            {t.delete}
          </Button>
        </>
      }
    >
      <p>{t.deleteMeans}</p>
      <FailureLine of={remove.error} />
    </Dialog>
  );
}

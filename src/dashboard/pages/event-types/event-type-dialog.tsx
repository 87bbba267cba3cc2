import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";
import type { EventType } from "../../../sdk/client/index.ts";
import { Button } from "../../components/button/button.tsx";
import { Dialog } from "../../components/dialog/dialog.tsx";
import { problemIn } from "../../components/field/problems.ts";
import { TextField } from "../../components/field/text-field.tsx";
import { FailureLine } from "../../components/states/states.tsx";
import { toast } from "../../components/toast/toast.tsx";
import { useAtlas } from "../../session/session.ts";
import { text } from "../../text/text.ts";

const t = text.eventTypes.dialog;

/** Makes an event type, or changes one (`of`). */
export function EventTypeDialog({ of, onClose }: { of: EventType | null; onClose(): void }) {
  const atlas = useAtlas();
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const [type, setType] = useState(of?.type ?? "");
  const [category, setCategory] = useState(of?.category ?? "");
  const [description, setDescription] = useState(of?.description ?? "");
  const [sample, setSample] = useState(jsonText(of?.sample));
  const [schema, setSchema] = useState(jsonText(of?.schema));
  const [isDeprecated, setIsDeprecated] = useState(of?.deprecated ?? false);
  const [isTried, setIsTried] = useState(false);
  const save = useMutation({
    mutationFn: () => {
      const body = {
        ...(category.trim() !== "" && { category: category.trim() }),
        description,
        sample: objectOf(sample) ?? {},
        schema: objectOf(schema) ?? null,
        deprecated: isDeprecated,
      };
      return of === null
        ? atlas.eventTypes.create({ type: type.trim(), ...body })
        : atlas.eventTypes.put(of.type, body);
    },
    onSuccess: (saved) => {
      toast({ state: "enabled", title: text.eventTypes.saved(saved.type) });
      void queries.invalidateQueries({ queryKey: ["event types"] });
      void queries.invalidateQueries({ queryKey: ["sample"] });
      navigate(`/event-types/${encodeURIComponent(saved.type)}`);
      onClose();
    },
  });
  const problemOf = problemIn(save.error);
  const jsonProblem = (typed: string) => (isTried && objectOf(typed) === undefined ? t.notJson : null);
  const areReadable = objectOf(sample) !== undefined && objectOf(schema) !== undefined;
  return (
    <Dialog
      isWide
      title={of?.type ?? text.eventTypes.make}
      isChanged
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{text.actions.cancel}</Button>
          <Button
            kind="primary"
            isBusy={save.isPending}
            onClick={() => {
              setIsTried(true);
              if (areReadable) save.mutate();
            }}
          >
            {t.save}
          </Button>
        </>
      }
    >
      {of === null && (
        <TextField
          label={t.type}
          hint={t.typeHint}
          error={problemOf("type")}
          value={type}
          onChange={setType}
        />
      )}
      <div className="cols even">
        <TextField label={t.category} error={problemOf("category")} value={category} onChange={setCategory} />
        <TextField
          label={t.description}
          error={problemOf("description")}
          value={description}
          onChange={setDescription}
        />
      </div>
      <TextField
        label={t.sample}
        hint={t.sampleHint}
        rows={6}
        error={jsonProblem(sample) ?? problemOf("sample")}
        value={sample}
        onChange={setSample}
      />
      <TextField
        label={t.schema}
        hint={t.schemaHint}
        rows={8}
        error={jsonProblem(schema) ?? problemOf("schema")}
        value={schema}
        onChange={setSchema}
      />
      <label className="check">
        <input
          type="checkbox"
          checked={isDeprecated}
          onChange={({ target }) => setIsDeprecated(target.checked)}
        />
        <b>{t.deprecated}</b>
      </label>
      <FailureLine of={save.error} hasFields />
    </Dialog>
  );
}

function jsonText(value: object | null | undefined): string {
  return value == null ? "" : JSON.stringify(value, null, 2);
}

/** The object that a text is; null = the text is empty, undefined = it is none. */
function objectOf(typed: string): Record<string, unknown> | null | undefined {
  if (typed.trim() === "") return null;
  try {
    const value: unknown = JSON.parse(typed);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

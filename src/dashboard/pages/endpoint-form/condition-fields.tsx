import { useEventTypes } from "../../api/event-types.ts";
import { Combobox, type ComboOption } from "../../components/combobox/combobox.tsx";
import { Field } from "../../components/field/field.tsx";
import { TextField } from "../../components/field/text-field.tsx";
import { text } from "../../text/text.ts";
import { type FormProps, Section } from "./form-parts.tsx";

const t = text.endpointForm;

/** Which events it gets. */
export function ConditionFields({ draft, problemOf, change }: FormProps) {
  const types = useEventTypes();
  return (
    <>
      <Section part="takes">
        <Field label={t.types} error={problemOf("types")}>
          {(control) => (
            <Combobox
              control={control}
              options={optionsOf(types.data ?? [])}
              chosen={draft.types}
              onChange={(chosen) => change({ types: chosen })}
              placeholder={t.typesHint(types.data?.length ?? 0)}
              removeLabel={t.removeType}
              listLabel={t.types}
            />
          )}
        </Field>
        <TextField
          label={t.filter}
          hint={t.filterHint}
          rows={3}
          error={problemOf("filter")}
          value={draft.filter}
          onChange={(filter) => change({ filter })}
        />
      </Section>
      <Section part="narrower">
        <div className="cols even">
          <TextField
            label={t.stages}
            hint={t.listHint}
            placeholder={t.any}
            error={problemOf("stages")}
            value={draft.stages}
            onChange={(stages) => change({ stages })}
          />
          <TextField
            label={t.tags}
            hint={t.listHint}
            placeholder={t.any}
            error={problemOf("tags")}
            value={draft.tags}
            onChange={(tags) => change({ tags })}
          />
        </div>
        <TextField
          label={t.context}
          hint={t.pairsHint}
          rows={2}
          placeholder="region = eu"
          error={problemOf("context")}
          value={draft.context}
          onChange={(context) => change({ context })}
        />
        <TextField
          label={t.metadata}
          hint={t.metadataHint}
          rows={2}
          error={problemOf("metadata")}
          value={draft.metadata}
          onChange={(metadata) => change({ metadata })}
        />
      </Section>
    </>
  );
}

/** All types, and before its members each pattern such as `deal.*`. */
function optionsOf(types: readonly { type: string; category?: string | undefined }[]): ComboOption[] {
  const patterns = new Map<string, number>();
  for (const { type } of types) {
    const dot = type.lastIndexOf(".");
    if (dot > 0) patterns.set(`${type.slice(0, dot)}.*`, (patterns.get(`${type.slice(0, dot)}.*`) ?? 0) + 1);
  }
  return [
    { value: "*", aside: text.endpoints.allTypes },
    ...[...patterns].map(([value, count]) => ({ value, aside: text.endpoints.countedTypes(count) })),
    ...types.map(({ type, category }) => ({ value: type, ...(category && { aside: category }) })),
  ];
}

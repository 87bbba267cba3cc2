import { ChoiceCards } from "../../components/field/choice-cards.tsx";
import { NumberField } from "../../components/field/number-field.tsx";
import { Switch } from "../../components/field/switch.tsx";
import { TextField } from "../../components/field/text-field.tsx";
import { text } from "../../text/text.ts";
import { parseDelays } from "./draft.ts";
import { type FormProps, Section } from "./form-parts.tsx";

const t = text.endpointForm;

/** How hard to try, in which order, and what to do in the end. */
export function PolicyFields({ draft, problemOf, change }: FormProps) {
  return (
    <Section part="order">
      <Switch
        title={t.serialize}
        hint={t.serializeHint}
        isOn={draft.isOrdered}
        onChange={(isOrdered) => change({ isOrdered })}
      />
      {draft.isOrdered && (
        <TextField
          label={t.orderBy}
          hint={t.orderByHint}
          error={problemOf("order")}
          value={draft.orderBy}
          onChange={(orderBy) => change({ orderBy })}
        />
      )}
      <TextField
        label={t.delays}
        hint={t.delaysHint}
        error={parseDelays(draft.delays) === null ? t.delaysProblem : problemOf("retry")}
        value={draft.delays}
        onChange={(delays) => change({ delays })}
      />
      <div className="cols even">
        <NumberField
          label={t.timeout}
          hint={t.timeoutHint}
          error={problemOf("timeout")}
          value={draft.timeout}
          onChange={(timeout) => change({ timeout })}
        />
        <NumberField
          label={t.rate}
          hint={t.rateHint}
          error={problemOf("rate_limit")}
          value={draft.rate}
          onChange={(rate) => change({ rate })}
        />
        <NumberField
          label={t.inFlight}
          hint={t.inFlightHint}
          error={problemOf("max_in_flight")}
          value={draft.inFlight}
          onChange={(inFlight) => change({ inFlight })}
        />
        <NumberField
          label={t.disableAfter}
          hint={t.disableAfterHint}
          error={problemOf("disable_after")}
          value={draft.disableAfter}
          onChange={(disableAfter) => change({ disableAfter })}
        />
      </div>
      <TextField
        label={t.successStatuses}
        hint={t.successStatusesHint}
        error={problemOf("success_statuses")}
        value={draft.successStatuses}
        onChange={(successStatuses) => change({ successStatuses })}
      />
      <ChoiceCards
        legend={t.whenUsedUp}
        choices={[
          { value: "continue", title: t.goOn, hint: t.goOnHint },
          { value: "pause", title: t.pause, hint: t.pauseHint },
        ]}
        chosen={draft.onDeadLetter}
        onChoose={(onDeadLetter) => change({ onDeadLetter })}
      />
    </Section>
  );
}

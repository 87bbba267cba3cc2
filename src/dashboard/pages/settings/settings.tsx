import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { Workspace } from "../../../sdk/client/index.ts";
import { useWorkspace } from "../../api/workspace.ts";
import { Badge } from "../../components/badge/badge.tsx";
import { Button } from "../../components/button/button.tsx";
import { Id } from "../../components/copy/copy.tsx";
import { problemIn } from "../../components/field/problems.ts";
import { Switch } from "../../components/field/switch.tsx";
import { TextField } from "../../components/field/text-field.tsx";
import { PageHead } from "../../components/page-head/page-head.tsx";
import { FailureLine, LoadError, Skeleton } from "../../components/states/states.tsx";
import { Choice } from "../../components/tabs/tabs.tsx";
import { toast } from "../../components/toast/toast.tsx";
import { contrastOnWhite } from "../../portal/accent.ts";
import { useAtlas } from "../../session/session.ts";
import { THEMES } from "../../shell/theme.ts";
import { text } from "../../text/text.ts";
import { BrandingPreview } from "./branding-preview.tsx";
import { type Word, Words } from "./words.tsx";

const t = text.settings;

/** The workspace's own settings, and how its portal looks. */
export function Settings() {
  const workspace = useWorkspace();
  return (
    <>
      <PageHead title={t.title} />
      {workspace.isPending && <Skeleton lines={8} />}
      {workspace.isError && (
        <div className="card">
          <LoadError what={t.what} error={workspace.error} retry={() => workspace.refetch()} />
        </div>
      )}
      {workspace.isSuccess && <SettingsForm workspace={workspace.data} />}
    </>
  );
}

interface Draft {
  name: string;
  validate: boolean;
  logs: string;
  spreadBy: string;
  portalName: string;
  logo: string;
  accent: string;
  theme: Workspace["portal"]["theme"];
  refresh: string;
  ancestors: string;
  words: readonly Word[];
}

function draftOf({ name, validate_events, log_shards, shard_by, portal }: Workspace): Draft {
  return {
    name,
    validate: validate_events,
    logs: String(log_shards),
    spreadBy: shard_by ?? "",
    portalName: portal.name ?? "",
    logo: portal.logo_url ?? "",
    accent: portal.accent ?? "",
    theme: portal.theme,
    refresh: portal.refresh_url ?? "",
    ancestors: portal.frame_ancestors.join("\n"),
    words: Object.entries(portal.locale_strings).map(([name, value]) => ({ name, value })),
  };
}

function SettingsForm({ workspace }: { workspace: Workspace }) {
  const atlas = useAtlas();
  const queries = useQueryClient();
  const [draft, setDraft] = useState(() => draftOf(workspace));
  const isChanged = JSON.stringify(draft) !== JSON.stringify(draftOf(workspace));
  const save = useMutation({
    mutationFn: () =>
      atlas.workspace.update({
        name: draft.name.trim(),
        validate_events: draft.validate,
        log_shards: Number(draft.logs),
        shard_by: draft.spreadBy.trim() || null,
        portal: {
          name: draft.portalName.trim() || null,
          logo_url: draft.logo.trim() || null,
          accent: draft.accent.trim() || null,
          theme: draft.theme,
          refresh_url: draft.refresh.trim() || null,
          frame_ancestors: draft.ancestors.split(/\s+/).filter((origin) => origin !== ""),
          locale_strings: Object.fromEntries(
            draft.words.filter(({ name }) => name !== "").map(({ name, value }) => [name, value]),
          ),
        },
      }),
    onSuccess: (saved) => {
      queries.setQueryData(["workspace"], saved);
      setDraft(draftOf(saved));
      toast({ state: "enabled", title: t.saved });
    },
  });
  const problemOf = problemIn(save.error);
  const line = (label: string, name: keyof Draft, field: string, hint?: string, rows?: number) => (
    <TextField
      label={label}
      hint={hint}
      {...(rows !== undefined && { rows })}
      error={problemOf(field)}
      value={String(draft[name])}
      onChange={(value) => setDraft({ ...draft, [name]: value })}
    />
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const contrast = contrastOnWhite(draft.accent);
  return (
    <div className="cols even">
      <form className="stack" onSubmit={submit} noValidate>
        <h2>{t.workspace}</h2>
        {line(t.name, "name", "name")}
        <Switch
          title={t.validate}
          hint={t.validateHint}
          isOn={draft.validate}
          onChange={(validate) => setDraft({ ...draft, validate })}
        />
        {line(t.logs, "logs", "log_shards", t.logsHint)}
        {line(t.spreadBy, "spreadBy", "shard_by", t.spreadByHint)}
        <dl className="kv">
          <dt>{t.id}</dt>
          <dd>
            <Id of={workspace.id} />
          </dd>
          <dt>{t.apiVersion}</dt>
          <dd>{workspace.api_version}</dd>
          <dt>{t.catalog}</dt>
          <dd>{workspace.catalog.join(", ") || text.keys.none}</dd>
        </dl>
        <h2>{t.portal}</h2>
        {line(t.portalName, "portalName", "portal.name", t.portalNameHint)}
        {line(t.logo, "logo", "portal.logo_url", t.logoHint)}
        {line(t.accent, "accent", "portal.accent", t.accentHint)}
        {contrast !== null && (
          <Badge state={contrast >= 4.5 ? "delivered" : "retrying"}>{t.contrast(contrast.toFixed(1))}</Badge>
        )}
        <div className="field">
          <span className="label">{t.theme}</span>
          <Choice
            label={t.theme}
            options={THEMES.map((name) => ({ name, title: t.themes[name] }))}
            selected={draft.theme}
            onSelect={(theme) => setDraft({ ...draft, theme })}
          />
        </div>
        {line(t.refresh, "refresh", "portal.refresh_url", t.refreshHint)}
        {line(t.ancestors, "ancestors", "portal.frame_ancestors", t.ancestorsHint, 2)}
        <Words
          words={draft.words}
          problem={problemOf("portal.locale_strings")}
          onChange={(words) => setDraft({ ...draft, words })}
        />
        <FailureLine of={save.error} hasFields />
        <div className="row">
          <Button kind="primary" type="submit" isBusy={save.isPending} disabled={!isChanged}>
            {t.save}
          </Button>
          <Button kind="quiet" disabled={!isChanged} onClick={() => setDraft(draftOf(workspace))}>
            {t.discard}
          </Button>
          {isChanged && <span className="muted">{t.unsaved}</span>}
        </div>
      </form>
      <BrandingPreview name={draft.portalName || workspace.name} accent={draft.accent} words={draft.words} />
    </div>
  );
}

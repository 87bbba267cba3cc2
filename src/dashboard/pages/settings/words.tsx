import { Plus, X } from "lucide-react";
import { useId } from "react";
import { Button, IconButton } from "../../components/button/button.tsx";
import { ownTexts } from "../../portal/branding.ts";
import { text } from "../../text/text.ts";
import styles from "./words.module.css";

const t = text.settings;

/** A text of the portal by its name, and what stands there instead. */
export interface Word {
  name: string;
  value: string;
}

interface WordsProps {
  words: readonly Word[];
  /** In words; null = they are well. */
  problem: string | null;
  onChange(words: readonly Word[]): void;
}

/** The portal's own texts, in the workspace's words. */
export function Words({ words, problem, onChange }: WordsProps) {
  const id = useId();
  const own = ownTexts();
  const change = (at: number, changed: Partial<Word>) =>
    onChange(words.map((word, index) => (index === at ? { ...word, ...changed } : word)));
  return (
    <fieldset className="field">
      <legend>{t.words}</legend>
      <datalist id={id}>
        {Object.entries(own).map(([name, value]) => (
          <option key={name} value={name}>
            {value}
          </option>
        ))}
      </datalist>
      {words.map(({ name, value }, at) => (
        <div key={at} className={styles.word}>
          <div>
            <input
              className="input mono"
              aria-label={t.wordName}
              list={id}
              spellCheck={false}
              placeholder="shell.places.endpoints"
              value={name}
              onChange={({ target }) => change(at, { name: target.value.trim() })}
            />
            {name !== "" && <small>{name in own ? t.wordNow(own[name] ?? "") : t.wordUnknown}</small>}
          </div>
          <input
            className="input"
            aria-label={t.wordValue}
            placeholder={own[name] ?? ""}
            value={value}
            onChange={({ target }) => change(at, { value: target.value })}
          />
          <IconButton
            icon={X}
            label={t.removeWord(name)}
            onClick={() => onChange(words.filter((_, index) => index !== at))}
          />
        </div>
      ))}
      <div className="row">
        <Button isSmall icon={Plus} onClick={() => onChange([...words, { name: "", value: "" }])}>
          {t.addWord}
        </Button>
      </div>
      {problem !== null && <p className="error">{problem}</p>}
      <small>{t.wordsHint}</small>
    </fieldset>
  );
}

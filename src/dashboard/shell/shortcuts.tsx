import { Dialog } from "../components/dialog/dialog.tsx";
import { text } from "../text/text.ts";
import { placesOf } from "./navigation.ts";

const t = text.shell;

/** All keys. */
export function ShortcutsDialog({
  role,
  onClose,
}: {
  role: Parameters<typeof placesOf>[0];
  onClose(): void;
}) {
  const places = placesOf(role)
    .flat()
    .flatMap(({ key, name }): [string, string][] =>
      key === undefined ? [] : [[`g ${key}`, t.keys.go(name())]],
    );
  return (
    <Dialog title={t.keysTitle} onClose={onClose}>
      <Keys
        title={t.keys.everywhere}
        keys={[
          ["Ctrl K", t.keys.palette],
          ["/", t.keys.search],
          ["f", t.keys.filter],
          ["?", t.keys.help],
          ...places,
        ]}
      />
      <Keys
        title={t.keys.list}
        keys={[
          ["j", t.keys.down],
          ["k", t.keys.up],
          ["x", t.keys.select],
          ["Shift x", t.keys.selectTo],
          ["Enter", t.keys.open],
          ["r", t.keys.retry],
          ["c", t.keys.curl],
          ["Esc", t.keys.clear],
        ]}
      />
    </Dialog>
  );
}

function Keys({ title, keys }: { title: string; keys: readonly [string, string][] }) {
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      <dl className="kv">
        {keys.map(([key, means]) => (
          <div key={key} className="kv-row">
            <dt>
              {key.split(" ").map((part) => (
                <kbd key={part}>{part}</kbd>
              ))}
            </dt>
            <dd>{means}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

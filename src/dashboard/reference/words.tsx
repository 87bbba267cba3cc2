/** A text of the document: paragraphs, with `code` in them. */
export function Words({ of, className }: { of: string; className?: string }) {
  return (
    <div className={className ?? "stack close"}>
      {of.split(/\n{2,}/).map((paragraph) => (
        <p key={paragraph}>
          {paragraph
            .split(/`([^`]+)`/)
            .map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part))}
        </p>
      ))}
    </div>
  );
}

/** Our mark: bars in order, then an arrow. */
export function Mark({ className }: { className?: string }) {
  return (
    <svg className={className} viewBox="0 0 16 16" aria-hidden="true">
      <path d="M0 3h3v10H0zM4.6 3h3v10h-3z" fill="currentColor" />
      <path d="M9.2 3h1.6l4.7 5-4.7 5H9.2z" fill="currentColor" />
    </svg>
  );
}

import type { ReactNode } from "react";
import { text } from "../../text/text.ts";
import { Button } from "../button/button.tsx";
import { Empty, LoadError, Skeleton } from "../states/states.tsx";

/** A query of a list: whole, or page by page. */
interface Listed {
  isPending: boolean;
  isError: boolean;
  isSuccess: boolean;
  error: unknown;
  refetch(): unknown;
  hasNextPage?: boolean;
  isFetchingNextPage?: boolean;
  fetchNextPage?(): unknown;
}

interface ListProps {
  of: Listed;
  /** What could not be loaded, as the beginning of a sentence. */
  what: string;
  isEmpty: boolean;
  /** What was looked for, and how to see more. */
  empty: { title: string; text: ReactNode; actions?: ReactNode };
  /** So many lines stand there while it loads. */
  lines?: number;
  /** Its rows; not asked for while there are none. */
  children: ReactNode;
}

/** A list's card: its rows and the button for more, or why there are none. */
export function List({ of: list, what, isEmpty, empty, lines = 8, children }: ListProps) {
  const { fetchNextPage } = list;
  return (
    <>
      {list.isPending && <Skeleton lines={lines} />}
      {list.isError && <LoadError what={what} error={list.error} retry={() => list.refetch()} />}
      {list.isSuccess && isEmpty && (
        <Empty title={empty.title} actions={empty.actions}>
          {empty.text}
        </Empty>
      )}
      {!isEmpty && children}
      {list.hasNextPage && fetchNextPage !== undefined && (
        <footer>
          <Button isBusy={list.isFetchingNextPage ?? false} onClick={() => fetchNextPage()}>
            {text.actions.more}
          </Button>
        </footer>
      )}
    </>
  );
}

/** A list as a card of its own; `head`: what stands above it. */
export function ListCard({ title, head, ...list }: ListProps & { title: string; head?: ReactNode }) {
  return (
    <section className="card" aria-label={title}>
      {head && <header>{head}</header>}
      <List {...list} />
    </section>
  );
}

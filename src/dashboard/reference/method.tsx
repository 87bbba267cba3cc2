import styles from "./reference.module.css";

/** A verb as a word: what changes something stands out. */
export function Method({ of }: { of: string }) {
  return <span className={`${styles.method} ${of === "GET" ? "" : styles.writes}`}>{of}</span>;
}

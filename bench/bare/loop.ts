/**
 * So many requests of 1 KB, one after the other, in one object of a bare runtime; with `records` each answer is followed by a row that
 * is on disk before the next request.
 */
export async function runLoop(url: string, port: number, count: number, records = false): Promise<void> {
  const to = encodeURIComponent(`http://127.0.0.1:${port}/`);
  // It counts the number up.
  const body = `{"n":0,"filler":"${"x".repeat(1100)}"}`;
  await fetch(`${url}/loop?count=${count}&to=${to}${records ? "&records" : ""}`, { method: "POST", body });
}

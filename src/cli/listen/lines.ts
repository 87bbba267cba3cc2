import { type Output, printable } from "../shell/output.ts";
import { asJson, isSuccess, outcomeOf, type Show, type ShownAttempt } from "./shown-attempt.ts";

export type LineForm = "compact" | "json" | "quiet";

/** A line for each attempt: for people, for programs, or none. */
export function linesOf(output: Output, form: LineForm): Show {
  const note = (text: string) => output.note(text);
  let wasUp = false;
  return {
    note,
    showUp(listeners) {
      const others = listeners > 1 ? ` ${listeners - 1} more listen to it: all of you get everything.` : "";
      note(`${wasUp ? "Connected again." : "Connected."}${others}`);
      wasUp = true;
    },
    showDown(againInMs) {
      note(
        againInMs === 0
          ? "Back from sleep; connecting."
          : `The service is away; tried again in ${seconds(againInMs)}.`,
      );
    },
    showAttempt(attempt) {
      if (form === "json") output.line(JSON.stringify(asJson(attempt)));
      else if (form === "compact") output.line(lineOf(output, attempt));
    },
    end() {},
  };
}

/** One attempt on a line. */
export function lineOf(output: Output, attempt: ShownAttempt): string {
  const { at, request, target, answer } = attempt;
  const tries = request.attempt > 1 ? ` (attempt ${request.attempt})` : "";
  const replay = request.is_replay ? " replay" : "";
  return [
    output.style("dim", at.toTimeString().slice(0, 8)),
    output.style(isSuccess(attempt) ? "green" : "red", outcomeOf(attempt).padEnd(7)),
    `${Math.round(answer.duration_ms)} ms`.padStart(8),
    printable(request.event_type),
    `${request.event_id}${replay}${tries}`,
    output.style("dim", target === null ? "no route" : `→ ${target}`),
  ].join("  ");
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

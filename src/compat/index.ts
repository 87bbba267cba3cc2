import { voiceApi } from "./voice.ts";

/** The subscribe APIs of contracts that have one of their own. */
export const compatApis = [voiceApi];

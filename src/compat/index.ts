import { atomicApi } from "./atomic.ts";
import { atomicAnalyticsApi } from "./atomic-analytics.ts";
import { voiceApi } from "./voice.ts";

/** The subscribe APIs of contracts that have one of their own. */
export const compatApis = [voiceApi, atomicApi, atomicAnalyticsApi];

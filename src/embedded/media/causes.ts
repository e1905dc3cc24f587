/** Hangup causes (ITU-T Q.850) by FreeSWITCH's names, those that the controller gives or that come about here. */
const CODES = {
  NONE: 0,
  UNALLOCATED_NUMBER: 1,
  NORMAL_CLEARING: 16,
  USER_BUSY: 17,
  NO_USER_RESPONSE: 18,
  NO_ANSWER: 19,
  CALL_REJECTED: 21,
  DESTINATION_OUT_OF_ORDER: 27,
  NORMAL_UNSPECIFIED: 31,
  NORMAL_TEMPORARY_FAILURE: 41,
  BEARERCAPABILITY_NOTAVAIL: 58,
  INCOMPATIBLE_DESTINATION: 88,
  MANDATORY_IE_MISSING: 96,
  RECOVERY_ON_TIMER_EXPIRE: 102,
  INTERWORKING: 127,
  ORIGINATOR_CANCEL: 487,
  MANAGER_REQUEST: 503,
  ALLOTTED_TIMEOUT: 602,
} as const;

export type HangupCause = keyof typeof CODES;

/** The cause of that name or number; NORMAL_CLEARING for one that is unknown, as FreeSWITCH takes it. */
export function causeOf(text: string): HangupCause {
  const wanted = text.trim().toUpperCase();
  const found = Object.entries(CODES).find(([name, code]) => name === wanted || String(code) === wanted);
  return found === undefined ? 'NORMAL_CLEARING' : (found[0] as HangupCause);
}

/** The value of a Reason header (RFC 3326). */
export function reasonOf(cause: HangupCause): string {
  return `Q.850;cause=${String(CODES[cause])};text="${cause}"`;
}

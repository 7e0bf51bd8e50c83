/** The bytes of one question and its answer, as the edge hands them to the door. */

/** The longest message there is: two octets of length over TCP. */
export const MESSAGE_OCTETS_MAX = 65_535;

/**
 * Bytes in and out: `request` holds `octets` at `requestAt`; `response` has room for a whole message at `responseAt`.
 * Both have SLACK_OCTETS more than is used.
 */
export type MessageBuffers = {
  request: Uint8Array;
  requestAt: number;
  octets: number;
  /** A message this long may have lost its end: there was no room for more. */
  octetsMax: number;
  response: Uint8Array;
  responseAt: number;
};

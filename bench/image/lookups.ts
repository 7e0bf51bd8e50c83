/** How fast the door answers in this process, without sockets: names drawn from the whole picture, so that caches miss. */
import { answer } from "../../src/answer/answer.ts";
import { WorkerContext } from "../../src/answer/context/worker-context.ts";
import type { MessageBuffers } from "../../src/answer/context/message-buffers.ts";
import { createPeer } from "../../src/answer/terms/peer.ts";
import type { Memory } from "../../src/picture/format/memory.ts";
import { Picture } from "../../src/picture/format/picture.ts";
import { SLACK_OCTETS } from "../../src/dns/message/wire.ts";
import { readReply } from "../load/ask.ts";
import { encodeQueries } from "./fleet.ts";

const responseOctets = 4096;
const flagBits = 0xffff;

/**
 * Answers `names` repeatedly for `seconds`; returns queries per second. Throws if a name is not answered with
 * addresses.
 */
export function measureLookups(memory: Memory, names: readonly string[], seconds: number): number {
  const context = new WorkerContext(new Picture(memory), { seed: 1 });
  const { bytes, starts } = encodeQueries(names);
  const response = new Uint8Array(responseOctets + SLACK_OCTETS);
  const exchange: MessageBuffers = {
    request: bytes,
    requestAt: 0,
    octets: 0,
    octetsMax: 65_536,
    response,
    responseAt: 0,
  };
  const peer = createPeer(false);
  const round = (): void => {
    for (let i = 0; i < names.length; i++) {
      exchange.requestAt = starts[i] as number;
      exchange.octets = (starts[i + 1] as number) - exchange.requestAt;
      answer(context, exchange, peer);
    }
  };
  // The first round warms up the compiler. The last answer is checked for all.
  round();
  const reply = readReply(response, (names.length - 1) & flagBits);
  if (reply === null || reply.answers === 0) throw new Error(`no answer for ${names.at(-1)}`);
  const startedMs = performance.now();
  let rounds = 0;
  while (performance.now() - startedMs < seconds * 1000) {
    round();
    rounds++;
  }
  return Math.round((rounds * names.length * 1000) / (performance.now() - startedMs));
}

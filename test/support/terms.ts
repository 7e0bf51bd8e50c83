/** Contexts that treat unknown clients as a configured server does, and peers with addresses. */
import { WorkerContext } from "../../src/answer/context/worker-context.ts";
import { createPeer, type Peer, setPeerAddress } from "../../src/answer/terms/peer.ts";
import { NO_TERMS, termsOf, type TermsSettings } from "../../src/answer/terms/terms.ts";
import type { Front } from "./worker-context.ts";
import type { Message } from "./decode.ts";

/** The secret of RFC 9018, appendix A. */
export const SECRET = "e5e973e5a6b2a43f48e7dc849e37bfcf";

/** Another context over the same picture. */
export function onTerms(front: Front, terms: Partial<TermsSettings>): { readonly context: WorkerContext } {
  const context = new WorkerContext(front.context.picture, {
    seed: 7,
    terms: termsOf({ ...NO_TERMS, ...terms }, 7),
  });
  return { context };
}

export function udpFrom(address: string): Peer {
  return peerFrom(address, false);
}

export function tcpFrom(address: string): Peer {
  return peerFrom(address, true);
}

function peerFrom(address: string, isStream: boolean): Peer {
  const peer = createPeer(isStream);
  setPeerAddress(peer, address);
  return peer;
}

/** The value of an option in a response, in hex; null = not there. Throws when it is there twice. */
export function optionOf(message: Message, code: number): string | null {
  const found = message.opt?.options.filter((option) => option.code === code) ?? [];
  if (found.length > 1) throw new Error(`option ${code} comes ${found.length} times`);
  return found[0]?.hex ?? null;
}

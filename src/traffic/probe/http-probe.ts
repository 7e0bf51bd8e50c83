/** One HTTP/1.1 request on a fresh connection: its status, and a text in the beginning of the body where asked. */
import { type IncomingMessage, request } from "node:http";
import type { Socket } from "node:net";
import type { ProbeQuestion } from "../health/probe-spec.ts";
import { VERSION } from "../../kernel/version.ts";
import { bad, GOOD, outcomeOf, type ProbeOutcome } from "./outcome.ts";

/** As far as a text is looked for: the bound of Route 53. */
const BODY_OCTETS_MAX = 5120;
/** More header than any server sends in earnest. */
const HEADER_OCTETS_MAX = 16_384;
/** All that may come before the final status: interim responses (1xx) are not bounded by the parser. */
const OCTETS_BEFORE_STATUS_MAX = 65_536;

type HttpQuestion = Extract<ProbeQuestion, { readonly kind: "http" | "https" }>;

/** `socket` is connected, and stays the caller's to destroy. `authority`: the Host header. */
export function probeHttp(socket: Socket, question: HttpQuestion, authority: string): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    const outgoing = request({
      createConnection: () => socket,
      method: "GET",
      path: question.path,
      setHost: false,
      maxHeaderSize: HEADER_OCTETS_MAX,
      headers: {
        host: authority,
        "user-agent": `fedns/${VERSION} (health probe)`,
        accept: "*/*",
        "accept-encoding": "identity",
        connection: "close",
      },
    });
    outgoing.on("error", (error) => {
      resolve(outcomeOf(error));
    });
    outgoing.on("close", () => {
      resolve(bad("closed without an answer"));
    });
    outgoing.on("information", () => {
      if (socket.bytesRead <= OCTETS_BEFORE_STATUS_MAX) return;
      resolve(bad("too much before the status"));
      socket.destroy();
    });
    outgoing.on("upgrade", () => {
      resolve(bad("status 101"));
    });
    outgoing.on("response", (response) => {
      resolve(readResponse(response, question));
    });
    outgoing.end();
  });
}

function readResponse(
  response: IncomingMessage,
  question: HttpQuestion,
): ProbeOutcome | Promise<ProbeOutcome> {
  const status = response.statusCode ?? 0;
  response.on("error", () => undefined);
  if (!question.codes.some(([from, to]) => status >= from && status <= to)) return bad(`status ${status}`);
  return question.body === null ? GOOD : findText(response, Buffer.from(question.body));
}

function findText(response: IncomingMessage, wanted: Buffer): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    let seen = Buffer.alloc(0);
    response.on("data", (chunk: Buffer) => {
      seen = Buffer.concat([seen, chunk.subarray(0, BODY_OCTETS_MAX - seen.length)]);
      if (seen.includes(wanted)) resolve(GOOD);
      else if (seen.length >= BODY_OCTETS_MAX) resolve(bad("the text is not in the body"));
      if (seen.length >= BODY_OCTETS_MAX) response.destroy();
    });
    response.on("end", () => {
      resolve(bad("the text is not in the body"));
    });
    response.on("close", () => {
      resolve(bad("the body broke off"));
    });
  });
}

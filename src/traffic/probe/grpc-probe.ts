/** One grpc.health.v1.Health/Check on a fresh HTTP/2 connection: good is SERVING, with grpc-status 0. */
import { type ClientHttp2Session, connect, constants, type IncomingHttpHeaders } from "node:http2";
import type { Socket } from "node:net";
import { VERSION } from "../../kernel/version.ts";
import { healthRequest, readHealthResponse, SERVING, statusWord } from "./grpc-message.ts";
import { bad, GOOD, outcomeOf, type ProbeOutcome } from "./outcome.ts";

/** The answer has seven octets; fields we do not know may come along. */
const ANSWER_OCTETS_MAX = 1024;
/** MB, the least Node takes: a session is one request and one small answer. */
const SESSION_MEGABYTES_MAX = 1;

type GrpcCall = {
  readonly scheme: "http" | "https";
  readonly authority: string;
  /** "" = the server as a whole. */
  readonly service: string;
};

/** `socket` is connected, and stays the caller's to destroy. */
export function probeGrpc(socket: Socket, call: GrpcCall): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    const session = connect(`${call.scheme}://${call.authority}`, {
      createConnection: () => socket,
      maxSessionMemory: SESSION_MEGABYTES_MAX,
      settings: { enablePush: false },
    });
    const settle = (outcome: ProbeOutcome): void => {
      resolve(outcome);
      session.destroy();
    };
    session.on("error", (error) => {
      settle(outcomeOf(error));
    });
    session.on("close", () => {
      settle(bad("closed without an answer"));
    });
    ask(session, call, settle);
  });
}

function ask(session: ClientHttp2Session, call: GrpcCall, settle: (outcome: ProbeOutcome) => void): void {
  const stream = session.request({
    [constants.HTTP2_HEADER_METHOD]: "POST",
    [constants.HTTP2_HEADER_PATH]: "/grpc.health.v1.Health/Check",
    [constants.HTTP2_HEADER_SCHEME]: call.scheme,
    [constants.HTTP2_HEADER_AUTHORITY]: call.authority,
    "content-type": "application/grpc",
    te: "trailers",
    "user-agent": `fedns/${VERSION} (health probe)`,
  });
  let headers: IncomingHttpHeaders = {};
  let answer = Buffer.alloc(0);
  stream.on("error", (error) => {
    settle(outcomeOf(error));
  });
  // An error without a message carries grpc-status in the first headers, else it comes in the trailers.
  stream.on("response", (given) => {
    headers = { ...given };
  });
  stream.on("trailers", (given) => {
    headers = { ...headers, ...given };
  });
  stream.on("data", (chunk: Buffer) => {
    answer = Buffer.concat([answer, chunk]);
    if (answer.length > ANSWER_OCTETS_MAX) settle(bad("no answer of grpc.health.v1"));
  });
  stream.on("end", () => {
    settle(healthOutcome(headers, answer));
  });
  stream.on("close", () => {
    settle(bad("closed without an answer"));
  });
  stream.end(healthRequest(call.service));
}

function healthOutcome(headers: IncomingHttpHeaders, answer: Uint8Array): ProbeOutcome {
  const httpStatus = Number(headers[constants.HTTP2_HEADER_STATUS]);
  if (httpStatus !== 200) return bad(`HTTP status ${httpStatus}`);
  const grpcStatus = headers["grpc-status"];
  if (typeof grpcStatus !== "string" || !/^\d{1,2}$/.test(grpcStatus)) return bad("no gRPC status");
  // 12 = UNIMPLEMENTED: the server has no health service; 5 = NOT_FOUND: not for this service.
  if (grpcStatus !== "0") return bad(`gRPC status ${grpcStatus}`);
  const status = readHealthResponse(answer);
  if (status === null) return bad("no answer of grpc.health.v1");
  return status === SERVING ? GOOD : bad(statusWord(status));
}

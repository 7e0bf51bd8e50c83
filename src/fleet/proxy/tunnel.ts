/** A connection to a server through a proxy: CONNECT (RFC 9110 §9.3.6), or SOCKS version 5 with the names looked up by the proxy. */
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP, type Socket } from "node:net";
import type { Clock } from "../../kernel/clock.ts";
import { messageOf } from "../../kernel/error.ts";
import { hostOf, loginOf, portOf, type Proxy } from "./proxy.ts";

export type TunnelOptions = {
  readonly proxy: Proxy;
  readonly server: URL;
  readonly timeoutMs: number;
  readonly clock: Clock;
};

/** What a status says, where it says something to do. */
const REFUSALS: ReadonlyMap<number, string> = new Map([
  [403, "it does not allow this server"],
  [405, "it does not allow CONNECT"],
  [407, "it wants a user name and a password"],
  [502, "it cannot reach the server"],
  [503, "it cannot reach the server"],
  [504, "it cannot reach the server"],
]);

/** Resolves once bytes reach the server. The error's sentence is about the proxy, and does not name it. */
export async function openTunnel(options: TunnelOptions): Promise<Socket> {
  const socket = options.proxy.url.protocol === "socks5:" ? await bySocks(options) : await byConnect(options);
  socket.setNoDelay(true);
  // Whoever takes it over hears of its end; until then nobody does.
  socket.on("error", () => undefined);
  return socket;
}

async function bySocks({ proxy: { url }, server, timeoutMs }: TunnelOptions): Promise<Socket> {
  const login = loginOf(url);
  const address = { host: hostOf(url), port: portOf(url), type: 5 as const };
  // Loaded only where there is such a proxy.
  const { SocksClient } = await import("socks");
  try {
    const { socket } = await SocksClient.createConnection({
      proxy: { ...address, ...(login !== null && { userId: login.name, password: login.password }) },
      command: "connect",
      destination: { host: hostOf(server), port: portOf(server) },
      timeout: timeoutMs,
    });
    return socket;
  } catch (error) {
    // Not as the cause: it has the password among its fields.
    throw tunnelError(`the proxy failed: ${messageOf(error)}`);
  }
}

function byConnect({ proxy: { url }, server, timeoutMs, clock }: TunnelOptions): Promise<Socket> {
  const authority = `${server.hostname}:${portOf(server)}`;
  const options = {
    method: "CONNECT",
    host: hostOf(url),
    port: portOf(url),
    path: authority,
    headers: { host: authority, ...proxyHeaders(url) },
    agent: false,
  };
  return new Promise((resolve, reject) => {
    // Node.js would check the proxy's certificate for the name in the Host header, which is the server's.
    const servername = isIP(options.host) === 0 ? options.host : "";
    const request =
      url.protocol === "https:" ? requestHttps({ ...options, servername }) : requestHttp(options);
    const fail = (sentence: string, cause?: unknown): void => {
      cancel();
      request.destroy();
      reject(tunnelError(sentence, cause));
    };
    const cancel = clock.after(timeoutMs, () => fail(`the proxy did not answer within ${timeoutMs} ms`));
    const refuse = ({ statusCode = 0 }: IncomingMessage): void => fail(refusal(statusCode));
    request.once("connect", (answer, socket: Socket, head: Buffer) => {
      if (answer.statusCode === undefined || answer.statusCode < 200 || answer.statusCode > 299) {
        socket.destroy();
        refuse(answer);
        return;
      }
      cancel();
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    request.once("response", refuse);
    request.on("error", (error) => fail(`the proxy failed: ${messageOf(error)}`, error));
    request.end();
  });
}

function refusal(status: number): string {
  const meaning = REFUSALS.get(status);
  return `the proxy answered ${status}${meaning === undefined ? "" : `: ${meaning}`}`;
}

/** A proxy that wants a login, where it gets the request itself. */
export const loginWanted = (): Error => tunnelError(refusal(407));

/** The code says that nothing was sent to the server. */
function tunnelError(sentence: string, cause?: unknown): Error {
  return Object.assign(new Error(sentence, { cause }), { code: "ECONNPROXY" });
}

/** For requests to the proxy itself. */
export function proxyHeaders(url: URL): Readonly<Record<string, string>> {
  const login = loginOf(url);
  if (login === null) return {};
  const basic = Buffer.from(`${login.name}:${login.password}`).toString("base64");
  return { "proxy-authorization": `Basic ${basic}` };
}

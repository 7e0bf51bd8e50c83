/** Proxies in this process: HTTP with CONNECT and whole URLs, and SOCKS 5. Whatever they are asked for, they lead to one port. */
import { once } from "node:events";
import { createServer, type IncomingMessage, request, type Server } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Server as TcpServer,
  type Socket,
} from "node:net";
import type { TestContext } from "node:test";

export type TestProxy = {
  readonly port: number;
  /** What it was asked for: "CONNECT host:port", "GET http://…", "host:port". */
  readonly asked: string[];
  /** Proxy-Authorization, or NAME:PASSWORD; "" without. */
  readonly logins: string[];
};
type ProxyOptions = {
  /** The port on 127.0.0.1 that everything leads to. */
  readonly target: number;
  /** NAME:PASSWORD, which it then insists on. */
  readonly login?: string;
};

export async function httpProxy(
  t: TestContext,
  options: ProxyOptions & { readonly tls?: ServerOptions; readonly status?: number },
): Promise<TestProxy> {
  const { target, login, tls, status } = options;
  const [asked, logins]: [string[], string[]] = [[], []];
  const note = ({ method, url, headers }: IncomingMessage): number => {
    const given = headers["proxy-authorization"] ?? "";
    asked.push(`${method} ${url}`);
    logins.push(given);
    const wanted = login === undefined ? "" : `Basic ${Buffer.from(login).toString("base64")}`;
    return status ?? (given === wanted ? 200 : 407);
  };
  const server: Server = tls === undefined ? createServer() : createTlsServer(tls);
  server.on("request", (incoming, response) => {
    const code = note(incoming);
    if (code !== 200) return response.writeHead(code).end("hunter2: who are you?");
    const { method, headers, url = "/" } = incoming;
    const { pathname, search } = new URL(url);
    const onward = request({ port: target, host: "127.0.0.1", method, headers, path: pathname + search });
    onward.on("response", (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers).flushHeaders();
      answer.on("error", () => response.destroy()).pipe(response);
    });
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    incoming.pipe(onward);
    return response;
  });
  server.on("connect", (incoming, socket: Socket) => {
    const code = note(incoming);
    if (code === 200) pass(socket, target, () => socket.write("HTTP/1.1 200 OK\r\n\r\n"));
    else socket.end(`HTTP/1.1 ${code} hunter2\r\n\r\n`);
  });
  return { port: await listen(t, server), asked, logins };
}

/** RFC 1928 and RFC 1929, for greetings and requests that come in one piece each. `reply`: its code, for a refusal. */
export async function socksProxy(
  t: TestContext,
  { target, login, reply = 0 }: ProxyOptions & { readonly reply?: number },
): Promise<TestProxy> {
  const [asked, logins]: [string[], string[]] = [[], []];
  const serve = async (socket: Socket): Promise<void> => {
    const next = async (): Promise<Buffer> => ((await once(socket, "data")) as [Buffer])[0];
    await next();
    socket.write(Buffer.from([5, login === undefined ? 0 : 2]));
    if (login !== undefined) {
      const given = await next();
      const name = given.subarray(2, 2 + (given[1] ?? 0));
      const password = given.subarray(3 + name.length);
      logins.push(`${name.toString()}:${password.toString()}`);
      const isRight = logins.at(-1) === login;
      socket.write(Buffer.from([1, isRight ? 0 : 1]));
      if (!isRight) return void socket.end();
    }
    const wanted = await next();
    const isName = wanted[3] === 3;
    const host = isName
      ? wanted.subarray(5, 5 + (wanted[4] ?? 0)).toString()
      : wanted.subarray(4, -2).toString("hex");
    asked.push(`${host}:${wanted.readUInt16BE(wanted.length - 2)}`);
    const answer = Buffer.from([5, reply, 0, 1, 127, 0, 0, 1, 0, 0]);
    if (reply === 0) pass(socket, target, () => socket.write(answer));
    else socket.end(answer);
    return undefined;
  };
  const server = createTcpServer((socket) => {
    socket.on("error", () => socket.destroy());
    serve(socket).catch(() => socket.destroy());
  });
  return { port: await listen(t, server), asked, logins };
}

/** Answers the first bytes of each connection with these, and closes it. */
export async function oddProxy(t: TestContext, answer: string): Promise<number> {
  return listen(
    t,
    createTcpServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => socket.end(answer));
    }),
  );
}

/** Takes what it is asked, and never answers. */
export async function silentProxy(t: TestContext): Promise<Pick<TestProxy, "port" | "asked">> {
  const asked: string[] = [];
  const server = createTcpServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => asked.push(String(chunk)));
  });
  return { port: await listen(t, server), asked };
}

function pass(socket: Socket, port: number, onOpen: () => void): void {
  const target = connect(port, "127.0.0.1", () => {
    onOpen();
    socket.pipe(target).pipe(socket);
  });
  for (const end of [socket, target]) {
    end.on("error", () => end.destroy());
    end.on("close", () => (end === socket ? target : socket).destroy());
  }
}

async function listen(t: TestContext, server: Server | TcpServer): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

/** A DNS resolver for tests on an ephemeral loopback port, over UDP and TCP. It sends the bytes that the test chooses. */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { afterEach } from "node:test";

export type Asked = {
  readonly id: number;
  readonly name: string;
  readonly type: number;
  readonly transport: "udp" | "tcp";
  /** The question section as it was received. */
  readonly question: Buffer;
  /** The whole query. */
  readonly query: Buffer;
};
/** The replies to one query, in order; none = no reply. */
export type Script = (asked: Asked) => readonly Buffer[];
export type FakeResolver = {
  /** "127.0.0.1:PORT" */
  readonly server: string;
  readonly port: number;
  readonly asked: Asked[];
  script: Script;
  close(): Promise<void>;
};

/** Called once, at the top of a test file: starts resolvers that are closed when the test is over. */
export function fakeResolvers(): typeof startFakeResolver {
  const started: FakeResolver[] = [];
  afterEach(async () => {
    for (const resolver of started.splice(0)) await resolver.close();
  });
  return async (script) => {
    const resolver = await startFakeResolver(script);
    started.push(resolver);
    return resolver;
  };
}

export async function startFakeResolver(script: Script): Promise<FakeResolver> {
  const { udp, tcp, port } = await listen();
  tcp.on("connection", (socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (octets: Buffer) => {
      for (const annotations of hear(octets.subarray(2), "tcp")) {
        socket.write(
          Buffer.concat([Buffer.from([annotations.length >> 8, annotations.length & 255]), annotations]),
        );
      }
    });
  });
  const resolver: FakeResolver = {
    server: `127.0.0.1:${port}`,
    port,
    asked: [],
    script,
    async close() {
      udp.close();
      tcp.close();
      await once(tcp, "close");
    },
  };
  function hear(query: Buffer, transport: "udp" | "tcp"): readonly Buffer[] {
    const asked = readQuestion(query, transport);
    resolver.asked.push(asked);
    return resolver.script(asked);
  }
  udp.on("message", (query, peer) => {
    for (const annotations of hear(query, "udp")) udp.send(annotations, peer.port, peer.address);
  });
  return resolver;
}

/** One port for both transports: a port that is free for UDP may be taken for TCP, so several are tried. */
async function listen(): Promise<{ readonly udp: Socket; readonly tcp: Server; readonly port: number }> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const udp = createSocket("udp4");
    udp.bind(0, "127.0.0.1");
    await once(udp, "listening");
    const { port } = udp.address();
    const tcp = createServer();
    try {
      tcp.listen(port, "127.0.0.1");
      await once(tcp, "listening");
      return { udp, tcp, port };
    } catch {
      udp.close();
    }
  }
  throw new Error("no port is free for both UDP and TCP");
}

export type Record = {
  readonly name: string;
  readonly type: number;
  readonly ttl: number;
  readonly octets: Buffer;
};
export type ReplyOptions = {
  readonly rcode?: number;
  readonly isTruncated?: boolean;
  readonly isAuthoritative?: boolean;
};

/** A well-formed reply to the query. */
export function reply(asked: Asked, answers: readonly Record[], options: ReplyOptions = {}): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt16BE(asked.id, 0);
  const flags =
    0x8080 | (options.isTruncated === true ? 0x0200 : 0) | (options.isAuthoritative === true ? 0x0400 : 0);
  header.writeUInt16BE(flags | (options.rcode ?? 0), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(answers.length, 6);
  return Buffer.concat([header, asked.question, ...answers.map(recordOctets)]);
}

export function a(name: string, ttl: number, address: string): Record {
  return { name, type: 1, ttl, octets: Buffer.from(address.split(".").map(Number)) };
}

/** `groups` are the eight groups of the address, in full. */
export function aaaa(name: string, ttl: number, groups: readonly number[]): Record {
  return { name, type: 28, ttl, octets: Buffer.from(groups.flatMap((group) => [group >> 8, group & 255])) };
}

export function cname(name: string, ttl: number, target: string): Record {
  return { name, type: 5, ttl, octets: nameOctets(target) };
}

export function nameOctets(name: string): Buffer {
  const labels = name.split(".").filter((label) => label !== "");
  return Buffer.concat([
    ...labels.map((label) => Buffer.from([label.length, ...Buffer.from(label)])),
    Buffer.from([0]),
  ]);
}

function recordOctets({ name, type, ttl, octets }: Record): Buffer {
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(type, 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt32BE(ttl, 4);
  fixed.writeUInt16BE(octets.length, 8);
  return Buffer.concat([nameOctets(name), fixed, octets]);
}

function readQuestion(query: Buffer, transport: "udp" | "tcp"): Asked {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  const type = query.readUInt16BE(at + 1);
  const question = query.subarray(12, at + 5);
  return { id: query.readUInt16BE(0), name: labels.join("."), type, transport, question, query };
}

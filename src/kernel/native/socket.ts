/** Sockets as plain descriptors: the supervisor makes and owns them, and its children inherit them. */
import { OperationalError, systemSentence } from "../error.ts";
import { checked, lastError, libc } from "./libc.ts";
import { portTaken } from "./port-holder.ts";

type SocketAddress = { readonly address: string; readonly port: number };

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
/** Only descriptors that are passed on reach a child: a socket that leaked into one would take its share of the traffic. */
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_REUSEPORT = 15;
const SO_RCVTIMEO = 20;
const IPPROTO_IP = 0;
const IP_PKTINFO = 8;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
const IPV6_RECVPKTINFO = 49;
/** Room for some ten thousand queries that arrive while a worker is busy or is being replaced. */
const RECEIVE_BUFFER_OCTETS = 4 << 20;
/**
 * For each TCP connection; the kernel doubles it. By default the kernel lets the buffer grow to megabytes, and a
 * thousand clients that never read would take gigabytes.
 */
const STREAM_SEND_BUFFER_OCTETS = 64 << 10;
export const LISTEN_BACKLOG = 1024;
/** Those below need a privilege, unless the machine says otherwise. */
const FIRST_FREE_PORT = 1024;
/** How long a worker waits for queries before it looks at the scoreboard again. */
const RECEIVE_TIMEOUT_MS = 50;

/**
 * `count` UDP sockets that share one address, one for each worker. The first is bound alone, so that a port in use by
 * another program (or another fedns) is an error; only then do the others join it.
 */
export function openUdp(
  where: SocketAddress,
  count: number,
): { readonly fds: number[]; readonly port: number } {
  const first = createUdp(where);
  bindOrExplain(first, where, "UDP");
  const port = portOf(first);
  setFlag(first, SOL_SOCKET, SO_REUSEPORT, 1);
  const fds = [first];
  while (fds.length < count) {
    const fd = createUdp(where);
    setFlag(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    bindOrExplain(fd, { address: where.address, port }, "UDP");
    fds.push(fd);
  }
  return { fds, port };
}

function createUdp(where: SocketAddress): number {
  const isV6 = where.address.includes(":");
  const fd = checked(
    libc().socket(isV6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0),
    "cannot create a UDP socket",
  );
  setFlag(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER_OCTETS);
  const timeout = new Uint8Array(16);
  new DataView(timeout.buffer).setUint32(8, RECEIVE_TIMEOUT_MS * 1000, true);
  checked(libc().setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, timeout, 16), "cannot set the receive time-out");
  if (isV6) setFlag(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  if (isWildcard(where.address)) {
    if (isV6) setFlag(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
    else setFlag(fd, IPPROTO_IP, IP_PKTINFO, 1);
  }
  return fd;
}

/** A listening TCP socket. */
export function openTcp(where: SocketAddress): { readonly fd: number; readonly port: number } {
  const { socket, listen } = libc();
  const isV6 = where.address.includes(":");
  const fd = checked(
    socket(isV6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
    "cannot create a TCP socket",
  );
  setFlag(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  // Accepted sockets inherit this option.
  setFlag(fd, SOL_SOCKET, SO_SNDBUF, STREAM_SEND_BUFFER_OCTETS);
  if (isV6) setFlag(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  bindOrExplain(fd, where, "TCP");
  checked(listen(fd, LISTEN_BACKLOG), `cannot listen on ${where.address}`);
  return { fd, port: portOf(fd) };
}

/** True for an address that means all addresses of the host: then each reply must name the one it is sent from. */
export function isWildcard(address: string): boolean {
  return address === "0.0.0.0" || address === "::";
}

function bindOrExplain(fd: number, where: SocketAddress, protocol: "UDP" | "TCP"): void {
  const bytes = encodeAddress(where);
  if (libc().bind(fd, bytes, bytes.length) === 0) return;
  const { name } = lastError();
  libc().close(fd);
  const shown = where.address.includes(":")
    ? `[${where.address}]:${where.port}`
    : `${where.address}:${where.port}`;
  throw new OperationalError(
    name,
    `cannot listen on ${shown} (${protocol}): ${reasonFor(name, where, protocol)}`,
  );
}

function reasonFor(error: string, where: SocketAddress, protocol: "UDP" | "TCP"): string {
  if (error === "EADDRINUSE")
    return portTaken({ ...where, transport: protocol === "UDP" ? "udp" : "tcp" }, "listen");
  const isPrivileged = error === "EACCES" && where.port < FIRST_FREE_PORT;
  const cure = isPrivileged ? `; ports below ${FIRST_FREE_PORT} need root or CAP_NET_BIND_SERVICE` : "";
  return `${systemSentence(error)}${cure}`;
}

function setFlag(fd: number, level: number, option: number, value: number): void {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value, true);
  checked(libc().setsockopt(fd, level, option, bytes, 4), `cannot set socket option ${level}/${option}`);
}

function portOf(fd: number): number {
  const bytes = new Uint8Array(28);
  const length = new Uint32Array([28]);
  checked(libc().getsockname(fd, bytes, length as unknown as Uint8Array), "cannot read the socket's address");
  return new DataView(bytes.buffer).getUint16(2);
}

/** struct sockaddr_in (16 octets) or sockaddr_in6 (28). */
function encodeAddress(where: SocketAddress): Uint8Array {
  const isV6 = where.address.includes(":");
  const bytes = new Uint8Array(isV6 ? 28 : 16);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, isV6 ? AF_INET6 : AF_INET, true);
  view.setUint16(2, where.port);
  if (isV6) bytes.set(ipv6Octets(where.address), 8);
  else bytes.set(where.address.split(".").map(Number), 4);
  return bytes;
}

/** `address` is a valid IPv6 literal without zone (the configuration has checked it). */
function ipv6Octets(address: string): Uint8Array {
  const [left = "", right = ""] = address.split("::");
  const groups = (text: string): number[] =>
    text === "" ? [] : text.split(":").map((g) => Number.parseInt(g, 16));
  const head = groups(left);
  const tail = groups(right);
  const all = [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
  return Uint8Array.from(all.flatMap((group) => [group >>> 8, group & 255]));
}

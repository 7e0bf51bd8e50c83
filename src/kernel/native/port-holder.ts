/** Which process has a port: from the tables of sockets in /proc/net, and the open files of the processes that we may look at. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

type Port = { readonly address: string; readonly port: number; readonly transport: "udp" | "tcp" };

/** The state of a TCP socket that listens, in /proc/net/tcp. */
const LISTENS = "0A";
/** Of a command line that is quoted in a message. */
const COMMAND_MAX_CHARACTERS = 120;

/** "process 812 (dnsmasq --no-daemon)", or null when it cannot be found: it is another user's, or in another container. */
function holderOf(port: Port): string | null {
  const inodes = new Set(socketsAt(port));
  if (inodes.size === 0) return null;
  const pid = namesIn("/proc").find((name) => /^\d+$/.test(name) && hasSocket(name, inodes));
  return pid === undefined ? null : `process ${pid}${commandOf(pid)}`;
}

/** A clause for messages: who has the port, and what an operator does about it. `option`: the setting or option that moves it. */
export function portTaken(port: Port, option: string): string {
  const holder = holderOf(port);
  const who = holder ?? "another program, of another user or container,";
  return `${who} has the port; end it, or choose another port (${option})`;
}

/** The inodes of the sockets on this port, at the same address or one that covers all. */
function socketsAt({ address, port, transport }: Port): readonly string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  return ["", "6"].flatMap((family) =>
    linesOf(`/proc/net/${transport}${family}`).flatMap((line) => {
      const [, local = "", , state, , , , , , inode = "0"] = line.trim().split(/\s+/);
      const [where = "", localPort] = local.split(":");
      const isOpen = transport === "udp" || state === LISTENS;
      return isOpen && localPort === wanted && meets(where, address) ? [inode] : [];
    }),
  );
}

/** `where`: octets in hexadecimal digits, 32-bit words in the order of the machine. Only IPv4 is compared as a whole. */
function meets(where: string, address: string): boolean {
  if (/^0+$/.test(where) || address === "0.0.0.0" || address === "::") return true;
  const isV6 = address.includes(":");
  if (isV6 || where.length !== 8) return isV6 === (where.length !== 8);
  const octets = address.split(".").map((octet) => Number(octet).toString(16).toUpperCase().padStart(2, "0"));
  return where === octets.join("") || where === octets.toReversed().join("");
}

function hasSocket(pid: string, inodes: ReadonlySet<string>): boolean {
  const folder = `/proc/${pid}/fd`;
  return namesIn(folder).some((fd) => {
    try {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`${folder}/${fd}`))?.[1];
      return inode !== undefined && inodes.has(inode);
    } catch {
      return false;
    }
  });
}

function commandOf(pid: string): string {
  const words = linesOf(`/proc/${pid}/cmdline`).join(" ").split("\0").join(" ").trim();
  const text = words.replaceAll(/\p{Cc}/gu, "?");
  const shown =
    text.length > COMMAND_MAX_CHARACTERS ? `${text.slice(0, COMMAND_MAX_CHARACTERS - 3)}...` : text;
  return shown === "" ? "" : ` (${shown})`;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function linesOf(file: string): readonly string[] {
  try {
    return readFileSync(file, "utf8").split("\n");
  } catch {
    return [];
  }
}

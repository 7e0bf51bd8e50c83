/** The prefix that counts as one client: the address itself for IPv4, its /64 for IPv6, where one host has a whole network. */

export function clientPrefix(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(":")) return address;
  const [left = "", right] = (address.split("%")[0] as string).toLowerCase().split("::");
  const head = left === "" ? [] : left.split(":");
  if (right === undefined) return head.slice(0, 4).join(":");
  const tail = right === "" ? [] : right.split(":");
  const zeros = Array<string>(Math.max(0, 8 - head.length - tail.length)).fill("0");
  return [...head, ...zeros, ...tail].slice(0, 4).join(":");
}

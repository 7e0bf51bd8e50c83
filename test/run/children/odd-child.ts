/** A child for the tests of the supervisor: it does what its arguments say, and reports what it was given. */
import { appendFileSync, readdirSync, readlinkSync } from "node:fs";

type Greeting = { readonly journal: string; readonly incarnation: number; readonly behaviour: string };

process.once("message", ({ journal, incarnation, behaviour }: Greeting) => {
  const write = (word: string): void => appendFileSync(journal, `${incarnation} ${word}\n`);
  if (behaviour === "dies") {
    write("dies");
    process.exit(3);
  }
  write("ready");
  process.send?.({ kind: "ready", incarnation, fds: fds() });
  process.on("message", (message: { readonly kind: string }) => {
    write(message.kind);
    if (message.kind === "stop" && behaviour !== "stubborn") process.exit(0);
    if (message.kind === "die") process.exit(4);
  });
});
process.on("SIGTERM", () => undefined);

/** What is open from descriptor 4 on and is no business of Node's own. */
function fds(): string[] {
  return readdirSync("/proc/self/fd")
    .filter((fd) => Number(fd) >= 4)
    .map((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        return "anon_inode:gone";
      }
    })
    .filter((target) => !target.startsWith("anon_inode:") && !target.startsWith("pipe:"));
}

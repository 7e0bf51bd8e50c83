/** A builder that is not as it should be: it dies, or never ends, as its order's first network says. */
import type { BuildOrder } from "../../../src/traffic/locate/builder.ts";

process.once("message", ({ networks }: BuildOrder) => {
  if (networks[0]?.cluster === "dies") process.exit(7);
  process.send?.({ kind: "started" });
  setInterval(() => undefined, 1000);
});
process.once("disconnect", () => process.exit(1));

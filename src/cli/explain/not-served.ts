/** What objects declare about a name and is not served, as a running fedns knows it: answers do not say that. */
import { z } from "zod";
import { sendCommand, socketPath } from "../session/admin-client.ts";
import { listOf } from "../text/list-schema.ts";
import { printableLine } from "../text/printable.ts";

const problem = z.object({ cluster: z.string(), object: z.string(), sentence: z.string() });
const reply = z.object({ problems: listOf(problem) });

/** One line for each object, as text for a terminal; none where no fedns of this configuration runs on this machine. */
export async function notServedLines(
  name: string,
  config: { readonly config?: string },
): Promise<readonly string[]> {
  try {
    const answer = await sendCommand(await socketPath(config), { command: "claims", host: name });
    const { problems } = reply.parse(answer);
    return problems.map(({ object, cluster, sentence }) =>
      printableLine(`${object} in ${cluster}: ${sentence}`),
    );
  } catch {
    return [];
  }
}

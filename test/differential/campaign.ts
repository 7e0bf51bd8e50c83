/** Batch after batch until enough cases were compared; what fails is made small and written as a dialogue. */
import { type Case, runBatch, worldsOf } from "./batch.ts";
import { minimise } from "./minimise.ts";
import { formatReply, sameReply, typeText } from "./reply.ts";
import { SERVERS } from "./servers.ts";
import { judge, newTally, type Tally } from "./tally.ts";
import { zoneText } from "./world.ts";

export type Campaign = {
  readonly seed: number;
  readonly cases: number;
  readonly worldsPerBatch: number;
  readonly questionsPerWorld: number;
  /** The first world's number: to repeat a part of a run. */
  readonly firstWorld: number;
  readonly onBatch: (tally: Tally) => void;
};

export async function runCampaign(campaign: Campaign): Promise<Tally> {
  const tally = newTally();
  const { seed, worldsPerBatch, questionsPerWorld } = campaign;
  for (let from = campaign.firstWorld; tally.cases < campaign.cases; from += worldsPerBatch) {
    const batch = await runBatch(worldsOf(seed, from, worldsPerBatch, questionsPerWorld));
    tally.worlds += batch.worlds;
    for (const [name, count] of Object.entries(batch.refused))
      tally.refused[name] = (tally.refused[name] ?? 0) + count;
    for (const one of batch.cases) judge(one, tally);
    campaign.onBatch(tally);
  }
  return tally;
}

/** The first failures, minimised, one of each kind. */
export async function dialoguesOf(failed: readonly Case[], seed: number, count: number): Promise<string[]> {
  const dialogues: string[] = [];
  const kinds = new Map(failed.map((one) => [kindOf(one), one]));
  for (const one of [...kinds.values()].slice(0, count))
    dialogues.push(dialogueOf(one.world.number, await minimise(one, seed)));
  return dialogues;
}

/** Which parts differ, and how the response codes do. */
function kindOf({ question, ours, peers }: Case): string {
  const differing = SERVERS.map((name) => {
    const parts = (["aa", "tc", "answer", "authority", "additional"] as const).filter(
      (part) => JSON.stringify(peers[name]?.[part]) !== JSON.stringify(ours?.[part]),
    );
    return [peers[name]?.rcode, ...parts];
  });
  return JSON.stringify([question.type === 43, ours?.rcode, differing]);
}

function dialogueOf(worldNumber: number, { world, question, ours, peers }: Case): string {
  const zones = world.zones.map((zone) => `; zone ${zone.origin}\n${zoneText(zone)}`);
  const replies = SERVERS.filter(
    (name, i) => SERVERS.findIndex((other) => sameReply(peers[other], peers[name])) === i,
  ).map((name) => {
    const same = SERVERS.filter((other) => sameReply(peers[other], peers[name]));
    return `${same.join(", ")}:\n${formatReply(peers[name])}`;
  });
  const asked = `? ${question.name} ${typeText(question.type)} (EDNS: ${question.edns})`;
  return [`from world ${worldNumber}`, ...zones, asked, `fedns:\n${formatReply(ours)}`, ...replies].join(
    "\n",
  );
}

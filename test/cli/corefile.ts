/** A Corefile as CoreDNS reads it: server blocks, plugins with their words, and what `rewrite stop { … }` does to names. */
import assert from "node:assert/strict";

export type ServerBlock = {
  readonly key: string;
  /** Words of each use of a plugin, braces of its own block included; by plugin. */
  readonly plugins: ReadonlyMap<string, readonly (readonly string[])[]>;
  rewriteQuestion(name: string): string;
  /** Of the answer to `asked`. */
  rewriteAnswer(name: string, asked: string): string;
};

/** Words are separated by blanks; a "{" ends the line it stands on, a "}" stands alone, # begins a comment. */
export function corefile(text: string): ServerBlock[] {
  const lines = text.split("\n").map((line) => line.replace(/(^|\s)#.*$/, "").trim());
  const blocks: ServerBlock[] = [];
  let block: { key: string; plugins: Map<string, string[][]> } | null = null;
  let open: string[] | null = null;
  for (const line of lines.filter((one) => one !== "")) {
    const words = line.split(/\s+/);
    if (block === null) {
      assert.deepEqual([words.length, words[1]], [2, "{"], `not the start of a server block: ${line}`);
      block = { key: words[0] as string, plugins: new Map() };
    } else if (open !== null) {
      open.push(...words);
      if (line === "}") open = null;
    } else if (line === "}") {
      blocks.push(serverBlock(block));
      block = null;
    } else {
      const uses = block.plugins.get(words[0] as string) ?? [];
      block.plugins.set(words[0] as string, [...uses, words]);
      if (words.at(-1) === "{") open = words;
    }
  }
  assert.deepEqual([block, open], [null, null], "a block is not closed");
  return blocks;
}

type Rule = { readonly matches: (name: string) => boolean; readonly there: Rewrite; readonly back: Rewrite };
type Rewrite = (name: string) => string;

/** The first rule that a question meets is used, and the same rule for all names of the answer. */
function serverBlock({
  key,
  plugins,
}: {
  key: string;
  plugins: ReadonlyMap<string, string[][]>;
}): ServerBlock {
  const rules = (plugins.get("rewrite") ?? []).map(ruleOf);
  const ruleFor = (asked: string): Rule | undefined => rules.find(({ matches }) => matches(asked));
  return {
    key,
    plugins,
    rewriteQuestion: (name) => ruleFor(name)?.there(name) ?? name,
    rewriteAnswer: (name, asked) => ruleFor(asked)?.back(name) ?? name,
  };
}

/** `rewrite stop { name regex FROM TO  answer name FROM TO }`: in this order and no other (its documentation says). */
function ruleOf(words: readonly string[]): Rule {
  const [plugin, mode, brace, name, regex, from = "", to = "", answer, field, back = "", forth = "", end] =
    words;
  assert.deepEqual(
    [plugin, mode, brace, name, regex, answer, field, end, words.length],
    ["rewrite", "stop", "{", "name", "regex", "answer", "name", "}", 12],
  );
  const apply = (pattern: string, template: string) => (subject: string) =>
    subject.replace(new RegExp(pattern), (...groups) =>
      template.replaceAll(/\{(\d)\}/g, (_, n) => String(groups[Number(n)])),
    );
  return {
    matches: (asked) => new RegExp(from).test(asked),
    there: apply(from, to),
    back: apply(back, forth),
  };
}

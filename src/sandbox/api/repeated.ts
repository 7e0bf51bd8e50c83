/** Duplicate fields in JSON objects, which parsers accept silently: they keep the last value. */

type Frame = { readonly path: string; readonly seen: Set<string> | undefined; key: string; index: number };

/** Paths of duplicate fields, in order of appearance; none for a text that is not JSON. */
export function repeatedFields(text: string): readonly string[] {
  if (!/^\s*\{/.test(text)) return [];
  const repeated: string[] = [];
  const frames: Frame[] = [];
  let word = "";
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]/g)) {
    const frame = frames.at(-1);
    if (token === "{") frames.push({ path: pathIn(frame), seen: new Set(), key: "", index: 0 });
    else if (token === "[") frames.push({ path: pathIn(frame), seen: undefined, key: "", index: 0 });
    else if (token === "}" || token === "]") frames.pop();
    else if (token === "," && frame) frame.index += 1;
    else if (token === ":" && frame?.seen) {
      frame.key = JSON.parse(word) as string;
      if (frame.seen.has(frame.key)) repeated.push(pathIn(frame));
      frame.seen.add(frame.key);
    } else word = token;
  }
  return repeated;
}

function pathIn(frame: Frame | undefined): string {
  if (!frame) return "";
  if (!frame.seen) return `${frame.path}[${frame.index}]`;
  return frame.path === "" ? frame.key : `${frame.path}.${frame.key}`;
}

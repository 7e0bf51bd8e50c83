/** What a member cluster's resolver must know of the federation; each file beside this one writes it for one resolver. Pure. */

export type StubServer = {
  /** Literal. */
  readonly address: string;
  readonly port: number;
};

export type StubPlace = { readonly region: string; readonly zone: string | null };

export type StubPlan = {
  readonly cluster: string;
  /** Without final dot: "cluster.local". */
  readonly clusterDomain: string;
  /** At least one. */
  readonly servers: readonly StubServer[];
  /** At least one; several may share a domain. */
  readonly federations: readonly { readonly name: string; readonly domain: string }[];
  /** Null = nobody knows where it is: global names. */
  readonly place: StubPlace | null;
  /** More places that the cluster has nodes in. */
  readonly otherPlaces: readonly StubPlace[];
  /** Whether a Service of the cluster itself goes before the federation's answer. */
  readonly first: "federation" | "cluster";
};

/** Domains of all federations, each once. */
export function domainsOf({ federations }: StubPlan): readonly string[] {
  return [...new Set(federations.map(({ domain }) => domain))];
}

/** What follows SERVICE.NAMESPACE. in the cluster's own names: "myfed.svc.a.us-west.example.com". */
export function levelSuffix({ place }: StubPlan, { name, domain }: StubPlan["federations"][number]): string {
  const labels = place === null ? [] : [place.zone, place.region];
  return [name, "svc", ...labels.filter((label) => label !== null), domain].join(".");
}

/** What pods ask for, behind SERVICE.NAMESPACE.: "myfed.svc.cluster.local". */
export function localSuffix({ clusterDomain }: StubPlan, { name }: StubPlan["federations"][number]): string {
  return `${name}.svc.${clusterDomain}`;
}

/** "us-west, zone a". */
function placeText(place: StubPlace): string {
  return place.zone === null ? place.region : `${place.region}, zone ${place.zone}`;
}

/** Where the names lead, as comment lines: the same in all outputs. */
export function placeNotes({ cluster, place, otherPlaces }: StubPlan): readonly string[] {
  if (place === null)
    return [
      `Nobody knows the region of ${cluster}: the names below are the global ones. --region and --zone say where it is.`,
    ];
  const notes = [`${cluster} is in ${placeText(place)}.`];
  if (otherPlaces.length > 0)
    notes.push(
      `It has nodes in ${otherPlaces.map(placeText).join("; ")} too: --region and --zone choose another place.`,
    );
  return notes;
}

/** Comments for people, no line over 100 characters; "" separates, and what is indented stays as it is. */
export function comment(paragraphs: readonly string[], mark = "#"): string {
  const lines = paragraphs.flatMap((text) => (text.startsWith(" ") ? [text] : wrapped(text)));
  return lines.map((line) => `${mark} ${line}`.trimEnd() + "\n").join("");
}

const COMMENT_CHARACTERS = 98;

function wrapped(text: string): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > COMMENT_CHARACTERS) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** "192.0.2.53", "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]:5353". */
export function addressText({ address, port }: StubServer): string {
  if (port === 53) return address;
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

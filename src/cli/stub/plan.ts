/** The data for the configuration of a member cluster's DNS server; each other file here writes it for one kind of server. */

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
  /** Null = unknown: the global names are used. */
  readonly place: StubPlace | null;
  /** Further places in which the cluster has nodes. */
  readonly otherPlaces: readonly StubPlace[];
  /** Whether a Service of the cluster itself is preferred to the answer of the federation. */
  readonly first: "federation" | "cluster";
};

/** Domains of all federations, each once. */
export function domainsOf({ federations }: StubPlan): readonly string[] {
  return [...new Set(federations.map(({ domain }) => domain))];
}

/** The suffix after SERVICE.NAMESPACE. for the place of the cluster: "myfed.svc.a.us-west.example.com". */
export function levelSuffix({ place }: StubPlan, { name, domain }: StubPlan["federations"][number]): string {
  const labels = place === null ? [] : [place.zone, place.region];
  return [name, "svc", ...labels.filter((label) => label !== null), domain].join(".");
}

/** The suffix after SERVICE.NAMESPACE. that pods use: "myfed.svc.cluster.local". */
export function localSuffix({ clusterDomain }: StubPlan, { name }: StubPlan["federations"][number]): string {
  return `${name}.svc.${clusterDomain}`;
}

/** "us-west, zone a". */
function placeText(place: StubPlace): string {
  return place.zone === null ? place.region : `${place.region}, zone ${place.zone}`;
}

/** Comment lines about the place of the cluster, the same in all outputs. */
export function placeNotes({ cluster, place, otherPlaces }: StubPlan): readonly string[] {
  if (place === null)
    return [
      `The region of ${cluster} is unknown, so the names below are the global ones. Set it with --region and --zone.`,
    ];
  const notes = [`${cluster} is in ${placeText(place)}.`];
  if (otherPlaces.length > 0)
    notes.push(
      `It also has nodes in ${otherPlaces.map(placeText).join("; ")}; choose another place with --region and --zone.`,
    );
  return notes;
}

/** Comment lines about servers that a Pod cannot ask. */
export function serverNotes({ servers }: StubPlan): readonly string[] {
  const own = servers.filter(({ address }) => isLoopback(address));
  if (own.length === 0) return [];
  return [
    `CHANGE: ${own.map(addressText).join(" and ")} is the Pod of this DNS server itself, not fedns. Give an address of fedns that Pods reach with --server.`,
  ];
}

function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}

/** Comment lines of at most 100 characters; "" becomes an empty comment line, and indented text is not wrapped. */
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

/**
 * Why the last probe was not good, as a number beside the bits of the reason (health-reason.ts), so that whoever reads the picture can
 * say it: 5 bits for the cause, 10 bits for the status that was answered.
 *
 *     31      26 25        16 15     11 10         0
 *     | unused  |  status    |  cause  |   bits     |
 */

type Cause = {
  /** As the prober says it; "#" stands for the status. */
  readonly text: string;
  readonly cure: string;
  /** Nothing was asked, because nobody may ask there. Absent = false. */
  readonly isDenial?: boolean;
};

/** Why an address is not probed although a probe is wanted: its health stays unknown, and it is answered as announced. */
export const Denial = {
  Never: "no probe goes to metadata services, loopback or link-local addresses",
  Settings: "health.denyNetworks names its network",
  Own: "it is an address or a network of this server or its cluster",
  Tenant: "a tenant wrote it, and it leads inside a network",
  Crowded: "there are too many probes, of this address or at all",
} as const;

const PORT = "is the port of the probe right, and open to this server?";
const CERTIFICATE = "mend the certificate, or do without verification (fedns.io/probe-verify)";
const STATUS = "is the path of the probe right? fedns.io/probe-codes says which codes are good";
const GRPC = "does the server have grpc.health.v1, with this service?";

/** It says nothing about the target. */
export const OVERLOADED = "inconclusive: the prober was overloaded";

/** The place in the list is the number: new ones come last. The first stands for none, the second for all others. */
const CAUSES: readonly Cause[] = [
  { text: "", cure: "" },
  { text: "it failed", cure: "the log of fedns has the words" },
  { text: "connection refused", cure: PORT },
  { text: "timed out", cure: "is a firewall in between? fedns.io/probe-timeout gives it more time" },
  { text: "connection reset", cure: PORT },
  { text: "host unreachable", cure: "is there a route from this server?" },
  { text: "closed without an answer", cure: "is it the right protocol at this port?" },
  { text: "status #", cure: STATUS },
  { text: "HTTP status #", cure: GRPC },
  { text: "gRPC status #", cure: GRPC },
  { text: "NOT_SERVING", cure: "the server itself says so" },
  { text: "SERVICE_UNKNOWN", cure: GRPC },
  { text: "the certificate has expired", cure: CERTIFICATE },
  { text: "the certificate is not valid yet", cure: CERTIFICATE },
  { text: "the certificate is for another name", cure: CERTIFICATE },
  { text: "the certificate is of an unknown authority", cure: CERTIFICATE },
  { text: "it does not speak TLS", cure: "is it the right port? http:// and tcp:// need no TLS" },
  { text: "the text is not in the body", cure: "does the page still have the text of fedns.io/probe-body?" },
  { text: "does not speak HTTP/2", cure: "gRPC needs HTTP/2" },
  { text: "we could not ask", cure: "the fault is on this server: its limits, routes or rights" },
  { text: Denial.Never, cure: "announce the address at which clients reach it", isDenial: true },
  { text: Denial.Settings, cure: "take the network out of there if it may be probed", isDenial: true },
  {
    text: Denial.Own,
    cure: "if it is a load balancer's, name it in health.allowNetworks",
    isDenial: true,
  },
  {
    text: Denial.Tenant,
    cure: "if it may be probed, name its network in addresses.allow of the cluster, with the others that it announces",
    isDenial: true,
  },
  {
    text: Denial.Crowded,
    cure: "use one probe for all objects of an address, or raise health.probesPerAddress",
    isDenial: true,
  },
  { text: OVERLOADED, cure: "this server is too busy: give it more CPU, or lower health.concurrency" },
];
const OTHER = 1;
const [CAUSE_SHIFT, CAUSE_MASK, STATUS_SHIFT, STATUS_MASK] = [11, 0x1f, 16, 0x3ff];

/** The bits of a reason that a prober gave; null = the last probe was good, or there was none. */
export function failureBits(reason: string | null): number {
  if (reason === null) return 0;
  const status = /(?<=status )\d+$/.exec(reason)?.[0];
  const pattern = reason.replace(/(?<=status )\d+$/, "#").replace(/ \(.*\)$/, "");
  const found = CAUSES.findIndex(({ text }, index) => index > 0 && text === pattern);
  const number = found < 0 || status === undefined ? 0 : Number(status);
  return (
    ((found < 0 ? OTHER : found) << CAUSE_SHIFT) | ((number <= STATUS_MASK ? number : 0) << STATUS_SHIFT)
  );
}

/** For people: "connection refused"; "" = no failure is known. */
export function failureText(reason: number): string {
  const { text } = causeOf(reason);
  return text.replace("#", String((reason >>> STATUS_SHIFT) & STATUS_MASK));
}

/** It was not asked at all: nobody may ask there. */
export function isDenied(reason: number): boolean {
  return causeOf(reason).isDenial === true;
}

/** What to look at; "" where no failure is known. */
export function failureCure(reason: number): string {
  return causeOf(reason).cure;
}

function causeOf(reason: number): Cause {
  return CAUSES[(reason >>> CAUSE_SHIFT) & CAUSE_MASK] ?? (CAUSES[OTHER] as Cause);
}

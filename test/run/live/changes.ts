/** A change of each setting that takes effect while fedns runs, and how it is seen from outside. */
import { TcpClient } from "../../answer/serve/tcp-client.ts";
import { DEFAULTS } from "../../support/fedns.ts";
import { HELLO, LOOK_AGAIN_MS } from "../supervise/whole.ts";
import { A, CHAOS, type Rig, type Settings, TXT } from "./rig.ts";

const NS = 2;
const SOA = 6;
const GLOBAL = "hello.demo.myfed.svc.example.com";

type Change = readonly [
  claim: string,
  changed: (rig: Rig) => Settings,
  isInForce: (rig: Rig) => Promise<boolean>,
];

/** Each is written to the file while queries are answered, and then seen from outside. Earlier ones stay. */
export const CHANGES: readonly Change[] = [
  [
    "identity: the version is refused when it is null",
    () => ({ identity: { version: null } }),
    async (rig) => (await rig.ask("version.bind", TXT, { class: CHAOS })).rcode === 5,
  ],
  [
    "allowQuery: clients outside are refused",
    () => ({ allowQuery: ["127.0.0.1/32", "127.0.0.3/32"] }),
    async (rig) => {
      const from = await rig.clientAt("127.0.0.2");
      return (await rig.ask(HELLO, A, { from })).rcode === 5;
    },
  ],
  [
    "allowWhy: nobody is told why",
    () => ({ allowWhy: [] }),
    async (rig) => (await rig.ask(`why.${HELLO}`, TXT, { class: CHAOS })).rcode === 5,
  ],
  [
    "rateLimit: a client that asks often gets truncated responses",
    () => ({ rateLimit: { responsesPerSecond: 1, slip: 1, exempt: ["127.0.0.1/32"] } }),
    async (rig) => {
      const from = await rig.clientAt("127.0.0.3");
      const replies = [];
      for (let i = 0; i < 12; i++) replies.push(await rig.ask(HELLO, A, { from }));
      return replies.some(({ tc }) => tc);
    },
  ],
  [
    "serve.tcp: a connection is closed after idleSeconds",
    (rig) => ({ serve: { ...rig.settings["serve"], tcp: { idleSeconds: 1 } } }),
    async (rig) => {
      const connection = await TcpClient.open(rig.scope, rig.fedns);
      const startMs = performance.now();
      while (!connection.isEnded && performance.now() - startMs < 3_000)
        await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
      // A process that is being replaced closes connections sooner.
      return connection.isEnded && performance.now() - startMs > 800;
    },
  ],
  [
    "log.level: lines of level debug are written",
    () => ({ log: { format: "json", level: "debug" } }),
    async (rig) => {
      await rig.fedns.command({ command: "status" });
      return rig.fedns.log.some(({ level }) => level === 20);
    },
  ],
  [
    "admin.hosts: another name of the server is accepted",
    () => ({ admin: { port: 0, hosts: ["fedns.example"] } }),
    async (rig) => (await rig.pageAs("fedns.example")) === 200,
  ],
  [
    "ttlSeconds: answers may be cached for so long",
    () => ({ ttlSeconds: 7 }),
    async (rig) => (await rig.ask(HELLO)).answer.every(({ ttl }) => ttl === 7),
  ],
  [
    "maxAnswers: an answer has so many addresses",
    () => ({ maxAnswers: 1 }),
    async (rig) => (await rig.data(HELLO)).length === 1,
  ],
  [
    "soa: negative answers may be cached for so long",
    () => ({ soa: { rname: "hostmaster.example.com", negativeTtlSeconds: 11 } }),
    async (rig) => (await rig.data("example.com", SOA)).join().endsWith(" 11"),
  ],
  [
    "nameservers: there are two",
    () => ({
      nameservers: [
        ...(DEFAULTS["nameservers"] as object[]),
        { name: "ns2.example.com", addresses: ["192.0.2.54"] },
      ],
    }),
    async (rig) => (await rig.data("example.com", NS)).length === 2,
  ],
  [
    "zones: files in the folder are served",
    () => ({ zones: "./zones" }),
    async (rig) => (await rig.data("www.example.org")).join() === "192.0.2.80",
  ],
  [
    "hosts: names that no rule covers any more do not exist",
    () => ({ hosts: [{ suffix: "other.example.com" }] }),
    async (rig) => (await rig.ask("shop.apps.example.com")).rcode === 3,
  ],
  [
    "traffic: clients go to the first cluster of failoverOrder",
    () => ({ traffic: { policy: "failover", failoverOrder: ["eu-central", "us-west"] } }),
    async (rig) => (await rig.everyData(GLOBAL)).every((data) => data.startsWith("198.51.100.")),
  ],
  [
    "locate: clients of a network are near a cluster",
    () => ({
      traffic: { policy: "nearest" },
      locate: { database: "none", networks: [{ cidr: "127.0.0.0/8", cluster: "ap-northeast" }] },
    }),
    async (rig) => (await rig.everyData(GLOBAL)).every((data) => data.startsWith("203.0.113.")),
  ],
  [
    "health: addresses are probed",
    () => ({ health: { probes: [{ service: "demo/hello", probe: "tcp://:1" }] } }),
    async (rig) => (await rig.fedns.status()).health?.targets > 0,
  ],
  [
    "quota: a member may have so many names",
    () => ({ quota: { names: 77 } }),
    async (rig) =>
      (await rig.fedns.status()).clusters?.every(({ quota }: any) => quota.names.limit === 77) === true,
  ],
  [
    "resolvers: the addresses of load balancers come from another server",
    (rig) => {
      const images = { apiVersion: "v1", kind: "Service", namespace: "media", name: "images" };
      const annotations = { "fedns.io/balancer-hostname": "resolve" };
      rig.clusters.server("us-west").objects.patch(images, { metadata: { annotations } });
      return { resolvers: [rig.resolver.server] };
    },
    async (rig) => (await rig.data("images.media.myfed.svc.us-west.example.com")).join() === "192.0.2.99",
  ],
  [
    "replicas: with two, a drain cannot be proved",
    () => ({ replicas: 2 }),
    async (rig) =>
      JSON.stringify((await rig.fedns.status()).orders?.orders ?? []).includes("there are 2 replicas"),
  ],
  [
    "clusters: one that is taken out is not answered",
    (rig) => ({ clusters: rig.clusters.settings.slice(0, 2), locate: { database: "none" } }),
    async (rig) =>
      (await rig.fedns.status()).clusters?.length === 2 &&
      !(await rig.everyData(GLOBAL)).some((data) => data.startsWith("203.0.113.")),
  ],
  [
    "clusters: one that comes is answered",
    (rig) => ({ clusters: rig.clusters.settings, traffic: { policy: "all" }, maxAnswers: 8 }),
    async (rig) => (await rig.data(GLOBAL)).some((data) => data.startsWith("203.0.113.")),
  ],
  [
    "sources: hosts of routes are served",
    () => ({
      sources: { ingresses: { enabled: true }, gateways: { enabled: true } },
      hosts: [{ suffix: "apps.example.com" }],
    }),
    async (rig) => (await rig.ask("catalog.apps.example.com")).rcode === 0,
  ],
  [
    "federations: a second one has names of its own",
    () => ({
      federations: [...(DEFAULTS["federations"] as object[]), { name: "other", domain: "example.com" }],
    }),
    async (rig) => (await rig.data("hello.demo.other.svc.us-west.example.com")).length === 2,
  ],
  [
    "syncBoundSeconds, unreadMembers, state, cookies, maxAmplification, serve.udp: are taken",
    (rig) => ({
      syncBoundSeconds: 31,
      unreadMembers: "wait",
      state: { copySeconds: 299 },
      cookies: { secrets: ["00112233445566778899aabbccddeeff"] },
      maxAmplification: 5,
      serve: { ...rig.settings["serve"], udp: "dgram" },
    }),
    async (rig) => ((await rig.fedns.status()).settings.lastChange?.settings.length ?? 0) === 6,
  ],
];

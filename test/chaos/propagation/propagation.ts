/** The propagation of a chaos run: the stage, the people, and who watches what fedns does in the members. */
import type { ApiServer } from "../../../src/sandbox/api-server.ts";
import { SYSTEM_NAMESPACE } from "../../../src/sandbox/host-types.ts";
import type { KubeObject } from "../../../src/sandbox/object/object.ts";
import type { ObjectRef } from "../../../src/sandbox/store/objects.ts";
import type { Chance } from "../../simulation/chance.ts";
import type { Scope } from "../../support/programs.ts";
import { problemOf } from "./judge.ts";
import { Ledger } from "./ledger.ts";
import { FRONT, People, SHOP } from "./people.ts";
import { type Backup, type ChaosMember, MEMBERS, PropagationStage } from "./stage.ts";
import { FEDERATED_KINDS, FEDERATED_VERSION, type Federated, placesOf } from "./wanted.ts";

/** Group and version, kind and plural of what is propagated. */
const COPIED = [
  ["v1", "Namespace", "namespaces"],
  ["v1", "ConfigMap", "configmaps"],
  ["apps/v1", "Deployment", "deployments"],
  ["v1", "Service", "services"],
] as const;
const OWNER = "chaos";
/** In every member, where fedns has copies as well, and of a namespace that is not federated. */
const STRANGERS: readonly (readonly [namespace: string, name: string])[] = [
  [SHOP, "local"],
  ["mine", "local"],
];
const LEASE: ObjectRef = {
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  namespace: SYSTEM_NAMESPACE,
  name: "fedns-propagate",
};

export class Propagation {
  readonly stage: PropagationStage;
  readonly people: People;
  readonly ledger: Ledger = new Ledger(MEMBERS);
  /** Called at each write of fedns to a member. */
  onWrite: (member: string) => void = () => undefined;
  /** By member and name: as the stranger left it. */
  readonly #strangers: Map<string, string> = new Map();

  private constructor(stage: PropagationStage, chance: Chance) {
    this.stage = stage;
    this.people = new People({ host: () => stage.host, members: MEMBERS, chance });
  }

  static async open(scope: Scope, directory: string, chance: Chance): Promise<Propagation> {
    const propagation = new Propagation(await PropagationStage.open(scope, directory), chance);
    for (const member of propagation.stage.members) propagation.#watchWrites(member);
    propagation.#watchHost(propagation.stage.host);
    propagation.people.begin();
    return propagation;
  }

  /** A part of the settings of fedns. A member that is away holds an object for a moment only, so that the journal is in use. */
  get settings(): object {
    return {
      host: { kubeconfig: this.stage.kubeconfig },
      propagation: { owner: OWNER, adoption: "if-no-diff", deletionWaitSeconds: 1 },
    };
  }

  get faults(): readonly string[] {
    return this.ledger.faults;
  }

  /** As the host declares it. */
  get federated(): readonly Federated[] {
    const { objects } = this.stage.host;
    return FEDERATED_KINDS.flatMap((kind) => objects.list(FEDERATED_VERSION, kind) as readonly never[]);
  }

  federatedMap(name: string): any {
    const ref = { apiVersion: FEDERATED_VERSION, kind: "FederatedConfigMap", namespace: SHOP, name };
    return this.stage.host.objects.get(ref);
  }

  lease(): any {
    return this.stage.host.objects.get(LEASE);
  }

  /** The name of its holder, or "" for none. */
  giveLease(holderIdentity: string): void {
    if (this.lease() === undefined) return;
    const renewTime = new Date().toISOString().replace("Z", "000Z");
    this.stage.host.objects.patch(LEASE, { spec: { holderIdentity, renewTime } });
  }

  /** What is not as it should be; null = nothing. */
  problem(): string | null {
    const members = this.stage.members.map(({ name, server }) => ({
      name,
      objects: COPIED.flatMap(([version, kind]) => server.objects.list(version, kind)),
    }));
    const isForgotten = this.ledger.isForgotten.bind(this.ledger);
    const stage = { federated: this.federated, members, journal: this.journalSize, isForgotten };
    return problemOf(stage) ?? this.#strangerProblem();
  }

  get journalSize(): number {
    const books = this.stage.host.objects.list("v1", "ConfigMap", SYSTEM_NAMESPACE);
    const journal = books.filter(({ metadata }) => metadata.labels?.["fedns.io/journal"] === "true");
    return journal.reduce((sum, { data }) => sum + Object.keys((data ?? {}) as object).length, 0);
  }

  /** The name of the service that is propagated, and where it leads: null while a member has not given it an address. */
  get name(): string {
    return `${FRONT}.${SHOP}.myfed.svc.example.com`;
  }
  get addresses(): readonly string[] | null {
    const { federated } = this;
    const service = federated.find(({ kind }) => kind === "FederatedService");
    if (service === undefined) return null;
    const found = placesOf(service, federated, MEMBERS).map((name) => addressIn(this.stage.member(name)));
    return found.includes(undefined) ? null : (found as string[]).toSorted();
  }

  /** Everything is as it should be. */
  calm(): void {
    this.ledger.calm();
    // The namespaces have been made.
    if (this.#strangers.size === 0) this.#putStrangers();
  }

  /** The host goes back to an earlier state. */
  restore(backup: Backup): Promise<void> {
    return this.stage.restore(backup, (host) => {
      this.ledger.note(this.federated, true);
      this.#watchHost(host);
    });
  }

  #putStrangers(): void {
    for (const { name, server } of this.stage.members) {
      server.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "mine" } });
      for (const [namespace, own] of STRANGERS) {
        const metadata = { namespace, name: own };
        server.objects.put({ apiVersion: "v1", kind: "ConfigMap", metadata, data: { of: "somebody" } });
        this.#strangers.set(`${name}: ${namespace}/${own}`, strangerIn(server, namespace, own));
      }
    }
  }

  #strangerProblem(): string | null {
    for (const [key, before] of this.#strangers) {
      const [member = "", namespace = "", name = ""] = key.split(/: |\//);
      if (strangerIn(this.stage.member(member).server, namespace, name) !== before)
        return `${key} is a stranger's, and was touched`;
    }
    return null;
  }

  #watchHost({ objects }: ApiServer): void {
    objects.subscribe(({ object }: { readonly object: KubeObject }) => {
      if (objects === this.stage.host.objects && FEDERATED_KINDS.includes(object.kind))
        this.ledger.note(this.federated);
    });
  }

  /** Requests come from fedns alone: people act within the process. */
  #watchWrites({ name: member, server }: ChaosMember): void {
    server.faults.add({
      effect: { kind: "refuse", code: 500 },
      when: (request) => {
        if (!request.isWrite || !("resource" in request)) return false;
        const copied = COPIED.find(([, , plural]) => plural === request.resource);
        if (copied === undefined) return false;
        this.onWrite(member);
        const { verb, namespace, name } = request;
        const kind = copied[1];
        if (verb === "delete")
          this.ledger.deletes(member, { kind, namespace: kind === "Namespace" ? "" : namespace, name });
        return false;
      },
    });
  }
}

function addressIn({ server }: ChaosMember): string | undefined {
  const service = server.objects.get({ apiVersion: "v1", kind: "Service", namespace: SHOP, name: FRONT });
  return (service as any)?.status?.loadBalancer?.ingress?.[0]?.ip;
}

function strangerIn({ objects }: ApiServer, namespace: string, name: string): string {
  const { uid, resourceVersion } =
    objects.get({ apiVersion: "v1", kind: "ConfigMap", namespace, name })?.metadata ?? {};
  return `${uid} ${resourceVersion}`;
}

/** One member cluster of the chaos run: its API server, which fails on command, and the services in it. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FaultyApiServer } from "../support/faulty-api-server.ts";
import type { ApiObject } from "../support/kube-wire.ts";
import { atEnd, type Scope } from "../support/programs.ts";
import type { State, Truth } from "./truth.ts";

const SERVICES = "/api/v1/services";
const SLICES = "/apis/discovery.k8s.io/v1/endpointslices";
const NAMESPACE = "demo";

export class ChaosCluster {
  readonly name: string;
  readonly index: number;
  readonly kubeconfig: string;
  readonly server: FaultyApiServer;
  readonly #truth: Truth;

  private constructor(
    name: string,
    index: number,
    kubeconfig: string,
    server: FaultyApiServer,
    truth: Truth,
  ) {
    this.name = name;
    this.index = index;
    this.kubeconfig = kubeconfig;
    this.server = server;
    this.#truth = truth;
  }

  static async start(
    scope: Scope,
    place: { readonly name: string; readonly index: number; readonly directory: string },
    truth: Truth,
  ): Promise<ChaosCluster> {
    const { name, index, directory } = place;
    const server = await FaultyApiServer.start();
    atEnd(scope, () => server.close());
    const kubeconfig = join(directory, `${name}.kubeconfig`);
    const text = JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name, cluster: { server: server.url } }],
      users: [{ name, user: { token: "chaos" } }],
      contexts: [{ name, context: { cluster: name, user: name } }],
      "current-context": name,
    });
    await writeFile(kubeconfig, text, { mode: 0o600 });
    return new ChaosCluster(name, index, kubeconfig, server, truth);
  }

  /** Creates, changes or (null) removes a service. `annotations`: of the Service. */
  set(service: string, state: State, annotations: Readonly<Record<string, string>> = {}): void {
    const before = this.#truth.now(this.name, service);
    const identity = `${NAMESPACE}/${service}`;
    if (state === null) {
      if (before === null) return;
      this.server.remove(SERVICES, identity);
      this.server.remove(SLICES, identity);
    } else {
      if (before === null) this.server.put(SLICES, sliceOf(service));
      this.server.put(SERVICES, serviceOf(service, state, annotations));
    }
    this.#truth.set(this.name, service, state, performance.now());
  }
}

function serviceOf(
  name: string,
  addresses: readonly string[],
  annotations: Readonly<Record<string, string>>,
): ApiObject {
  return {
    metadata: { name, namespace: NAMESPACE, annotations },
    apiVersion: "v1",
    kind: "Service",
    spec: { type: "LoadBalancer", ports: [{ name: "http", port: 80 }] },
    status: { loadBalancer: { ingress: addresses.map((ip) => ({ ip })) } },
  };
}

function sliceOf(service: string): ApiObject {
  const metadata = {
    name: service,
    namespace: NAMESPACE,
    labels: { "kubernetes.io/service-name": service },
  };
  return {
    metadata,
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    addressType: "IPv4",
    endpoints: [{ addresses: ["10.0.0.1"], conditions: { ready: true } }],
  };
}

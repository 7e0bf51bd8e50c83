/** The output of a Kubernetes API server: watch lines, bookmarks, Status bodies. */
import type { ServerResponse } from "node:http";

export type ApiObject = {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly resourceVersion?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
};
/** An answer that replaces the real one; `kind` limits it to lists or watches. */
export type Refusal = {
  readonly status: number;
  readonly kind?: "list" | "watch";
  readonly reason?: string;
  readonly retryAfterSeconds?: number;
};
export function identityOf(object: ApiObject): string {
  return `${object.metadata.namespace ?? ""}/${object.metadata.name}`;
}

export function lineOf(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`;
}

export function bookmarkOf(version: number): string {
  return lineOf("BOOKMARK", {
    kind: "Service",
    apiVersion: "v1",
    metadata: { resourceVersion: String(version) },
  });
}

export function statusOf(refusal: Refusal): unknown {
  const details =
    refusal.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: refusal.retryAfterSeconds };
  const message = `refused with ${refusal.status} for a test`;
  return {
    kind: "Status",
    apiVersion: "v1",
    status: "Failure",
    message,
    reason: refusal.reason ?? "",
    code: refusal.status,
    details,
  };
}

export function refuse(response: ServerResponse, refusal: Refusal): void {
  const { status, retryAfterSeconds } = refusal;
  response.setHeader("content-type", "application/json");
  if (retryAfterSeconds !== undefined) response.setHeader("retry-after", retryAfterSeconds);
  response.writeHead(status).end(JSON.stringify(statusOf(refusal)));
}

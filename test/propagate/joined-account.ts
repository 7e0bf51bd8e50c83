/** The account that `fedns join --kinds --namespaces` makes in a member, and a kubeconfig with its token. */
import { parse, stringify } from "yaml";
import { memberObjects, tokenSecret } from "../../src/cli/membership/member-objects.ts";
import type { GrantedKind } from "../../src/cli/membership/rights.ts";
import { manifestFor } from "../../src/fleet/objects/write.ts";
import type { ApiServer } from "../../src/sandbox/api-server.ts";
import { until } from "../support/until.ts";

type Grant = {
  readonly kinds: readonly GrantedKind[];
  /** Null = everywhere. These are made if they are missing. */
  readonly namespaces: readonly string[] | null;
};

const MADE_FOR = {
  hostUid: "11112222-0000-0000-0000-000000000000",
  cluster: "member",
  namespace: "kube-federation-system",
};

export async function joinedAccount(member: ApiServer, { kinds, namespaces }: Grant): Promise<string> {
  for (const name of namespaces ?? [])
    member.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  const secret = tokenSecret(MADE_FOR);
  const objects = memberObjects({ ...MADE_FOR, sources: [], kinds, namespaces });
  for (const { key, manifest } of [...objects, secret])
    member.objects.put(manifestFor(key, manifest) as never);
  const { namespace, name } = secret.key;
  const token = (): string => {
    const data = member.objects.get({ apiVersion: "v1", kind: "Secret", namespace, name })?.["data"];
    return Buffer.from((data as { token?: string } | undefined)?.token ?? "", "base64").toString();
  };
  await until("the account has a token", () => token() !== "");
  const document = parse(member.kubeconfig()) as { users: { user: object }[] };
  for (const user of document.users) user.user = { token: token() };
  return stringify(document);
}

/** Workloads that refuse whoever does not come through the gateway. */
import { expect, test } from "vitest";
import type { KubernetesObject } from "../../controller/api/resources.ts";
import { parseEcho } from "../conformance/answer.ts";
import { apiRule, jwtRule, openRule } from "../support/apirule.ts";
import { headerValues, type RawResponse } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { GATEWAY_NAME, GATEWAY_POD, ISTIO_NAMESPACE } from "./environment/istio-objects.ts";
import { type Sidecar, startSidecar } from "./environment/sidecar.ts";
import { describeWithControlPlane } from "./environment/suite.ts";
import { issueWorkloadCertificate, type WorkloadCertificate } from "./environment/workload-certificate.ts";
import { conditionsOf, expectState, expectStatus, useCluster } from "./support/cluster.ts";
import { callDirectly } from "./support/direct-call.ts";
import { startReplica } from "./support/replica.ts";

const IN_FORCE_WITHIN_MS = 10_000;
const HOST = "guarded.local.test";
const WORKLOAD = { namespace: "default", name: "echo" };
const STRANGER = { namespace: "default", name: "stranger" };
const GATEWAY = { namespace: ISTIO_NAMESPACE, name: GATEWAY_NAME };
const REFUSED = [403, "RBAC: access denied"];

describeWithControlPlane("onlyThroughGateway", () => {
  let sidecar: Sidecar;
  let certificates: Record<"stranger" | "gateway", WorkloadCertificate>;
  const cluster = useCluster(async ({ controlPlane, upstream }) => {
    await startReplica(controlPlane);
    sidecar = await startSidecar(controlPlane, { ...WORKLOAD, port: 80, workloadPort: upstream.port });
    await cluster.apply({ apiVersion: "v1", kind: "ServiceAccount", metadata: STRANGER });
    certificates = {
      stranger: await issueWorkloadCertificate(controlPlane, STRANGER),
      gateway: await issueWorkloadCertificate(controlPlane, GATEWAY),
    };
  });

  const exposed = (name: string, onlyThroughGateway?: boolean) => {
    const rules = [openRule("/open"), jwtRule("/protected", cluster.issuer)];
    const object = apiRule({ name, rules }) as KubernetesObject;
    return { ...object, spec: { ...(object.spec as object), onlyThroughGateway } };
  };
  const guards = () => cluster.list("authorizationpolicy");
  const guardOf = async () => (await guards()).map(({ metadata, spec }) => [metadata.namespace, spec]);
  const GUARD = {
    selector: { matchLabels: { app: "echo" } },
    action: "ALLOW",
    rules: [
      { from: [{ source: { principals: [`cluster.local/ns/${ISTIO_NAMESPACE}/sa/${GATEWAY_NAME}`] } }] },
    ],
  };

  /** What callers get that do not come through the gateway: without identity, with another one, with that of the gateway. */
  const direct = async () => {
    const workload = { address: sidecar.address, identity: spiffeId(WORKLOAD) };
    const call = async (certificate?: WorkloadCertificate) =>
      outcomeOf(await callDirectly(workload, "/open", certificate));
    const { stranger, gateway } = certificates;
    return { plain: await call(), stranger: await call(stranger), gateway: await call(gateway) };
  };
  const SERVED = {
    plain: [200, undefined],
    stranger: [200, spiffeId(STRANGER)],
    gateway: [200, spiffeId(GATEWAY)],
  };

  test("is not the default: whoever reaches the workload is served", async () => {
    await cluster.apply(exposed("guarded"));
    await expectState(cluster, "guarded", "Ready", IN_FORCE_WITHIN_MS);
    expect(await direct()).toEqual(SERVED);
  });

  test("admits the identity of the gateway alone, and is served through it", async () => {
    await cluster.apply(exposed("guarded", true));
    await expectState(cluster, "guarded", "Ready", IN_FORCE_WITHIN_MS);
    expect(await guardOf()).toEqual([["default", GUARD]]);
    await expectStatus(cluster, [HOST, "/open"], 200, IN_FORCE_WITHIN_MS);
  });

  test("has the sidecar refuse everybody else", async () => {
    await eventually(
      async () => expect(await direct()).toEqual({ ...SERVED, plain: REFUSED, stranger: REFUSED }),
      IN_FORCE_WITHIN_MS,
    );
    expect(outcomeOf(await cluster.get(HOST, "/open"))).toEqual([200, spiffeId(GATEWAY)]);
  });

  test("leaves nothing to the workload of what gateway and sidecar refuse", async () => {
    const before = await sidecar.passedRequests();
    expect((await cluster.get(HOST, "/protected")).status).toBe(401);
    expect(await direct()).toMatchObject({ plain: REFUSED, stranger: REFUSED });
    expect(await sidecar.passedRequests()).toBe(before + 1);
  });

  test("refuses the gateway, too, where it calls in plain text", async () => {
    const metadata = { name: "plain", namespace: WORKLOAD.namespace };
    const spec = { host: "echo", trafficPolicy: { tls: { mode: "DISABLE" } } };
    await cluster.apply({
      apiVersion: "networking.istio.io/v1",
      kind: "DestinationRule",
      metadata,
      spec,
    });
    await expectStatus(cluster, [HOST, "/open"], 403, IN_FORCE_WITHIN_MS);
    expect(outcomeOf(await cluster.get(HOST, "/open"))).toEqual(REFUSED);
    await cluster.controlPlane.kubectl("delete", "destinationrule", metadata.name);
    await expectStatus(cluster, [HOST, "/open"], 200, IN_FORCE_WITHIN_MS);
  });

  test("is repaired", async () => {
    const [guard] = await guards();
    const name = guard?.metadata.name ?? "";
    const { kubectl } = cluster.controlPlane;
    await kubectl("patch", "authorizationpolicy", name, "--type=merge", '--patch={"spec":{"action":"DENY"}}');
    await eventually(async () => expect(await guardOf()).toEqual([["default", GUARD]]), IN_FORCE_WITHIN_MS);
    await kubectl("delete", "authorizationpolicy", name);
    await eventually(async () => expect(await guardOf()).toEqual([["default", GUARD]]), IN_FORCE_WITHIN_MS);
  });

  test("goes with the wish for it, and with the APIRule", async () => {
    await cluster.apply(exposed("guarded", false));
    await eventually(async () => expect(await guards()).toEqual([]), IN_FORCE_WITHIN_MS);
    await eventually(async () => expect(await direct()).toEqual(SERVED), IN_FORCE_WITHIN_MS);
    await cluster.apply(exposed("guarded", true));
    await eventually(async () => expect(await guardOf()).toEqual([["default", GUARD]]), IN_FORCE_WITHIN_MS);
    await cluster.remove("guarded");
    expect(await guards()).toEqual([]);
  });

  test("waits for a pod of the gateway, because nobody else knows its identity", async () => {
    const { kubectl } = cluster.controlPlane;
    const setReady = (status: "True" | "False") =>
      kubectl(
        ...["patch", "pod", GATEWAY_POD, `--namespace=${ISTIO_NAMESPACE}`, "--subresource=status"],
        ...["--type=strategic", `--patch={"status":{"conditions":[{"type":"Ready","status":"${status}"}]}}`],
      );
    await setReady("False");
    await cluster.apply(exposed("early", true));
    const status = await expectState(cluster, "early", "Warning", IN_FORCE_WITHIN_MS);
    expect(conditionsOf(status)).toContain("Programmed=False/GatewayIdentityUnknown");
    expect(await guards()).toEqual([]);
    await setReady("True");
    await expectState(cluster, "early", "Ready", IN_FORCE_WITHIN_MS);
    expect(await guardOf()).toEqual([["default", GUARD]]);
  });
});

function spiffeId({ namespace, name }: { namespace: string; name: string }): string {
  return `spiffe://cluster.local/ns/${namespace}/sa/${name}`;
}

/** Status, and the caller's identity that the sidecar has told the workload; of a refusal, the body. */
function outcomeOf(response: RawResponse): [status: number, seen: string | undefined] {
  const echo = parseEcho(response);
  if (echo === undefined) return [response.status, response.body];
  const [certificate = ""] = headerValues(echo.headers, "x-forwarded-client-cert");
  return [response.status, /;URI=([^;,]*)$/.exec(certificate)?.[1]];
}

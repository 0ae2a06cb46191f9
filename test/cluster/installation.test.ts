/** `kubectl apply -k deploy/` on a cluster that has Istio alone. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { packageRoot } from "../../controller/standalone/installation.ts";
import { type ControlPlane, startControlPlane } from "./environment/control-plane.ts";
import { statusOf } from "./environment/probe.ts";
import { describeWithControlPlane } from "./environment/suite.ts";
import { startReplica } from "./support/replica.ts";

const START_TIMEOUT_MS = 120_000;
const FOLDER = join(packageRoot(), "deploy");
const APPLY = ["apply", "-k", FOLDER, "--validate=strict", "--warnings-as-errors"];

interface Container {
  args: string[];
  ports: { name: string; containerPort: number }[];
  securityContext: object;
  [probe: `${string}Probe`]: { httpGet: { path: string; port: string } };
}

interface Deployment {
  metadata: { generation: number };
  spec: { template: { metadata: object; spec: { containers: [Container] } } };
}

interface Service {
  spec: { ports: { port: number; targetPort: string }[] };
}

describeWithControlPlane("the installation", () => {
  let controlPlane: ControlPlane;

  beforeAll(async () => {
    controlPlane = await startControlPlane();
    await controlPlane.kubectl(...APPLY);
  }, START_TIMEOUT_MS);
  afterAll(() => controlPlane?.stop());

  const read = async <Kind>(kind: string) =>
    JSON.parse(
      await controlPlane.kubectl("get", kind, "tollgate", "--namespace=tollgate-system", "-ojson"),
    ) as Kind;

  test("rolls nothing out anew when it is repeated", async () => {
    const { generation } = (await read<Deployment>("deployment")).metadata;
    await controlPlane.kubectl(...APPLY);
    expect((await read<Deployment>("deployment")).metadata.generation).toBe(generation);
  });

  test("its Pods keep to the restrictions of their namespace", async () => {
    const { metadata, spec } = (await read<Deployment>("deployment")).spec.template;
    const pod = (name: string, containers: object[]) => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { ...metadata, name, namespace: "tollgate-system" },
      spec: { ...spec, containers },
    });
    await controlPlane.kubectl.apply([pod("as-deployed", spec.containers)]);
    const [container] = spec.containers;
    await expect(
      controlPlane.kubectl.apply([pod("unconfined", [{ ...container, securityContext: {} }])]),
    ).rejects.toThrow('violates PodSecurity "restricted:latest"');
  });

  test("the Service leads to a port of the controller, and its probes are answered", async () => {
    const [container] = (await read<Deployment>("deployment")).spec.template.spec.containers;
    const { ports } = (await read<Service>("service")).spec;
    const names = container.ports.map(({ name }) => name);
    expect(ports.map(({ targetPort }) => targetPort)).toEqual(names);
    const replica = await startReplica(controlPlane, {
      kubeconfig: await controlPlane.kubeconfigOf({ namespace: "tollgate-system", name: "tollgate" }),
    });
    for (const probe of ["startupProbe", "livenessProbe", "readinessProbe"] as const) {
      const { path, port } = container[probe]?.httpGet ?? {};
      expect(names).toContain(port);
      expect(await statusOf(`http://${replica.address}${path}`), `${probe} at ${path}`).toBe(200);
    }
    expect(await replica.stop()).toBe(0);
  });
});

/** The environment of the cluster suites keeps what they rely on. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { KubernetesObject } from "../../controller/api/resources.ts";
import { translate } from "../../controller/model/translate.ts";
import { renderIstio } from "../../controller/render/istio/index.ts";
import { filterPath } from "../../controller/standalone/installation.ts";
import { closeServer, listenOnLoopback } from "../../tools/demo/loopback.ts";
import { startUpstream, type Upstream } from "../../tools/demo/upstream.ts";
import { apiRule, openRule } from "../support/apirule.ts";
import { openClient } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { type ControlPlane, startControlPlane } from "./environment/control-plane.ts";
import { kymaGateway, loopbackService } from "./environment/objects.ts";
import { allFree, type Ports } from "./environment/ports.ts";
import { findMarked } from "./environment/processes.ts";
import { startSidecar } from "./environment/sidecar.ts";
import { describeWithControlPlane } from "./environment/suite.ts";

const START_TIMEOUT_MS = 120_000;
const IN_EFFECT_WITHIN_MS = 10_000;
const CONTROL_PLANE_MODULE = new URL("./environment/control-plane.ts", import.meta.url).href;
const SIDECAR_MODULE = new URL("./environment/sidecar.ts", import.meta.url).href;
const UNKNOWN_POLICY = "0".repeat(24);

describeWithControlPlane("a control plane", () => {
  let controlPlanes: ControlPlane[] = [];
  let upstream: Upstream;
  let moduleServer: Server;
  let moduleUrl: string;

  beforeAll(async () => {
    upstream = await startUpstream();
    moduleServer = createServer(async (_request, response) => response.end(await readFile(filterPath())));
    moduleUrl = `http://127.0.0.1:${await listenOnLoopback(moduleServer, 0)}/tollgate.wasm`;
    controlPlanes = await Promise.all([startControlPlane(), startControlPlane()]);
    for (const { kubectl, ports } of controlPlanes) {
      await kubectl.apply(kymaGateway(ports.gateway));
      await kubectl.apply(loopbackService({ name: "echo", port: 80, targetPort: upstream.port }));
    }
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await Promise.all(controlPlanes.map((controlPlane) => controlPlane.stop()));
    await upstream?.close();
    if (moduleServer) await closeServer(moduleServer);
  });

  const [first, second] = [() => at(controlPlanes, 0), () => at(controlPlanes, 1)];

  test("runs the filter in its gateway", async () => {
    const { kubectl, gateway } = first();
    await kubectl.apply(istioObjects("open", moduleUrl));
    await kubectl.apply([routeWithUnknownPolicy()]);

    await eventually(async () => {
      expect(await statusOf(gateway.url, "unknown-policy.local.test")).toBe(503);
      expect(await statusOf(gateway.url, "open.local.test")).toBe(200);
    }, IN_EFFECT_WITHIN_MS);
    expect(await statusOf(gateway.url, "nobody.local.test")).toBe(404);
    const metrics = await (await fetch(gateway.metricsUrl)).text();
    expect(metrics).toMatch(/^tollgate_config_revision_tollgate_\w+\{\} [1-9]\d*$/m);
  });

  test("refuses what Istio cannot understand", async () => {
    const { kubectl } = first();
    const [invalid] = kymaGateway(80).slice(1) as { spec: { servers: { hosts: string[] }[] } }[];
    for (const server of invalid?.spec.servers ?? []) server.hosts = ["a.*.test"];
    await expect(kubectl.apply([invalid ?? {}])).rejects.toThrow(/rev\.validation\.istio\.io.* denied/);
  });

  test("gives a service account the rights of its roles and no others", async () => {
    const { kubectl, kubeconfigOf } = first();
    await kubectl("create", "serviceaccount", "reader");
    await kubectl("create", "rolebinding", "reader", "--clusterrole=view", "--serviceaccount=default:reader");
    const asReader = `--kubeconfig=${await kubeconfigOf({ namespace: "default", name: "reader" })}`;
    await eventually(async () => {
      expect(await kubectl(asReader, "get", "services", "--output=name")).toContain("service/echo");
    }, IN_EFFECT_WITHIN_MS);
    await expect(kubectl(asReader, "get", "secrets")).rejects.toThrow("secrets is forbidden");
  });

  test("shares nothing with another one", async () => {
    const { kubectl, gateway } = second();
    expect(await kubectl("get", "virtualservices,wasmplugins", "--all-namespaces")).toBe("");
    expect(await statusOf(gateway.url, "open.local.test")).toBe(404);
  });

  test.each(["etcd", "api-server", "controller-manager", "istiod", "gateway"] as const)(
    "%s comes back after it was killed, and changes take effect",
    async (name) => {
      const { parts, kubectl, gateway } = first();
      await parts[name].kill();
      expect(await parts[name].processes()).toEqual([]);
      await parts[name].start();

      await eventually(() => kubectl.apply(istioObjects(`after-${name}`, moduleUrl)), IN_EFFECT_WITHIN_MS);
      await eventually(async () => {
        expect(await statusOf(gateway.url, `after-${name}.local.test`)).toBe(200);
      }, IN_EFFECT_WITHIN_MS);
    },
    60_000,
  );

  test("leaves neither process nor open port nor file", async () => {
    const controlPlane = second();
    await startSidecar(controlPlane, { name: "echo", port: 80, workloadPort: upstream.port });
    await controlPlane.stop();
    await expectNothingLeft(controlPlane);
  });

  test(
    "whose owner was killed is removed by the next start",
    async () => {
      const owner = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", OWNER], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const [line] = (await once(createInterface(owner.stdout), "line")) as [string];
      const abandoned = JSON.parse(line) as { folder: string; ports: Ports };
      expect(await findMarked(abandoned)).not.toEqual([]);
      owner.kill("SIGKILL");
      await once(owner, "exit");

      const next = await startControlPlane();
      await next.stop();
      await expectNothingLeft(abandoned);
    },
    START_TIMEOUT_MS,
  );
});

/** A process that starts a control plane and a sidecar, says where it is, and never stops it. */
const OWNER = `
  import { startControlPlane } from ${JSON.stringify(CONTROL_PLANE_MODULE)};
  import { startSidecar } from ${JSON.stringify(SIDECAR_MODULE)};
  const controlPlane = await startControlPlane();
  await startSidecar(controlPlane, { name: "idle", port: 80, workloadPort: 9 });
  const { folder, ports } = controlPlane;
  console.log(JSON.stringify({ folder, ports }));
  setInterval(() => {}, 1000);
`;

async function expectNothingLeft({ folder, ports }: { folder: string; ports: Ports }): Promise<void> {
  expect(await findMarked({ folder })).toEqual([]);
  await eventually(async () => expect(await allFree(ports)).toBe(true), 5_000);
  expect(existsSync(folder)).toBe(false);
}

/** What Tollgate renders for an APIRule that everybody may pass. */
function istioObjects(name: string, url: string): object[] {
  const rule = apiRule({ name, rules: [openRule("/")] }) as KubernetesObject;
  const translation = translate({ apiRules: [rule] });
  expect(translation.results.flatMap(({ problems }) => problems)).toEqual([]);
  return renderIstio(translation, {}, new Map(), { url });
}

function routeWithUnknownPolicy(): object {
  const destination = { host: "echo.default.svc.cluster.local", port: { number: 80 } };
  return {
    apiVersion: "networking.istio.io/v1",
    kind: "VirtualService",
    metadata: { name: "unknown-policy", namespace: "default" },
    spec: {
      hosts: ["unknown-policy.local.test"],
      gateways: ["kyma-system/kyma-gateway"],
      http: [{ name: `tollgate/${UNKNOWN_POLICY}/default/unknown-policy/0`, route: [{ destination }] }],
    },
  };
}

async function statusOf(gatewayUrl: string, host: string): Promise<number> {
  const client = openClient(gatewayUrl);
  try {
    return (await client.send({ method: "GET", path: "/", headers: [["host", host]] })).status;
  } finally {
    client.close();
  }
}

function at(controlPlanes: ControlPlane[], index: number): ControlPlane {
  const controlPlane = controlPlanes[index];
  if (!controlPlane) throw new Error("the control plane has not started");
  return controlPlane;
}

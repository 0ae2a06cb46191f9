import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ISTIO_NAMESPACE, WEBHOOK_PREFIX } from "./istio-objects.ts";
import { filesOf, type Layout } from "./layout.ts";
import type { PartDefinition } from "./part.ts";
import { statusOf } from "./probe.ts";

/** Extensions of Istio's own Envoy that the upstream Envoy has not; istiod would put them into every listener. */
const WITHOUT_ISTIO_EXTENSIONS = {
  PILOT_ENABLE_METADATA_EXCHANGE: "false",
  PILOT_ENABLE_ALPN_FILTER: "false",
};

/** Off by default. Without it istiod refuses everything at a gateway with two external authorizers. */
const WITH_SEVERAL_AUTHORIZERS = { PILOT_ENABLE_MULTIPLE_CUSTOM_AUTHZ_PROVIDERS: "true" };

export function istiod(layout: Layout): PartDefinition {
  const { ports, binaries } = layout;
  const folder = join(layout.folder, "istiod");
  const listen = (flag: string, port: number) => `--${flag}=127.0.0.1:${port}`;
  return {
    name: "istiod",
    async prepare() {
      await mkdir(folder, { recursive: true });
    },
    command: () => ({
      program: binaries.program("pilot-discovery"),
      arguments: [
        "discovery",
        `--kubeconfig=${filesOf(layout).kubeconfig}`,
        ...[listen("grpcAddr", ports.istiodPlain), listen("secureGRPCAddr", ports.istiodTls)],
        ...[listen("httpAddr", ports.istiodHttp), listen("httpsAddr", ports.istiodWebhook)],
        ...[listen("monitoringAddr", ports.istiodMonitoring), `--ctrlz_port=${ports.istiodIntrospection}`],
        "--shutdownDuration=0s",
      ],
      environment: {
        ...{ POD_NAMESPACE: ISTIO_NAMESPACE, POD_NAME: "istiod-0", SERVICE_ACCOUNT: "istiod" },
        ...{ REVISION: "default", CLUSTER_ID: "Kubernetes", ENABLE_LEADER_ELECTION: "false" },
        ISTIOD_CUSTOM_HOST: "localhost",
        INJECTION_WEBHOOK_CONFIG_NAME: "",
        VALIDATION_WEBHOOK_CONFIG_NAME: WEBHOOK_PREFIX,
        ...WITHOUT_ISTIO_EXTENSIONS,
        ...WITH_SEVERAL_AUTHORIZERS,
      },
      folder,
    }),
    isReady: async () => (await statusOf(`http://127.0.0.1:${ports.istiodHttp}/ready`)) === 200,
  };
}

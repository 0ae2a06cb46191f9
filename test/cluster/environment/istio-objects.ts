/** What an installation of Istio with an ingress gateway puts into the cluster, beside its CRDs. */
import type { Layout } from "./layout.ts";

/** Namespace of istiod and of the gateway. */
export const ISTIO_NAMESPACE = "istio-system";

/** istiod looks for its webhook under this name with its namespace appended. */
export const WEBHOOK_PREFIX = "istio-validator";
export const WEBHOOK_NAME = `${WEBHOOK_PREFIX}-${ISTIO_NAMESPACE}`;

/** Service account and `app` label of the gateway. */
export const GATEWAY_NAME = "istio-ingressgateway";
export const GATEWAY_POD = `${GATEWAY_NAME}-0`;
export const GATEWAY_LABELS = { app: GATEWAY_NAME, istio: "ingressgateway" };

const ISTIO_API_GROUPS = ["security", "networking", "telemetry", "extensions"].map(
  (name) => `${name}.istio.io`,
);

export function istioObjects(layout: Layout): object[] {
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: ISTIO_NAMESPACE } },
    ...gatewayIdentity(),
    validationWebhook(layout),
  ];
}

/** Name of the ConfigMap with the mesh configuration. */
export const MESH_CONFIG = "istio";

/** The mesh configuration of an environment that has none yet. */
export function meshConfiguration(): object {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: MESH_CONFIG, namespace: ISTIO_NAMESPACE },
    data: { mesh: "accessLogFile: /dev/stdout\n" },
  };
}

/** The gateway's service account, and its right to the certificates that Gateways name. */
function gatewayIdentity(): object[] {
  const metadata = { name: GATEWAY_NAME, namespace: ISTIO_NAMESPACE };
  const rbac = "rbac.authorization.k8s.io";
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata },
    {
      apiVersion: `${rbac}/v1`,
      kind: "Role",
      metadata,
      rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get", "watch", "list"] }],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: rbac, kind: "Role", name: GATEWAY_NAME },
      subjects: [{ kind: "ServiceAccount", name: GATEWAY_NAME }],
    },
  ];
}

/** istiod's validation, reached by address. istiod itself adds its certificate and makes it fail closed. */
function validationWebhook({ ports }: Layout): object {
  const rule = {
    operations: ["CREATE", "UPDATE"],
    apiGroups: ISTIO_API_GROUPS,
    apiVersions: ["*"],
    resources: ["*"],
  };
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata: { name: WEBHOOK_NAME, labels: { app: "istiod", istio: "istiod", "istio.io/rev": "default" } },
    webhooks: [
      {
        name: "rev.validation.istio.io",
        clientConfig: { url: `https://localhost:${ports.istiodWebhook}/validate` },
        rules: [rule],
        failurePolicy: "Ignore",
        sideEffects: "None",
        admissionReviewVersions: ["v1"],
      },
    ],
  };
}

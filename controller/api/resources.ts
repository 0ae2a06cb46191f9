/** The fields that Tollgate reads of Kubernetes and Istio resources; all others are left alone. */
import { type Static, Type } from "typebox";

/** Metadata of a namespaced object. */
export interface ObjectMeta {
  name: string;
  namespace: string;
  /** RFC 3339; absent for an object that comes from a file. */
  creationTimestamp?: string;
  generation?: number;
  uid?: string;
  resourceVersion?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

/** Any namespaced object. Only `apiVersion`, `kind`, `metadata.name` and `metadata.namespace` are known to be well-formed. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

const Port = Type.Integer({ minimum: 1, maximum: 65_535 });
const StringMap = Type.Unsafe<Record<string, string>>({
  type: "object",
  additionalProperties: { type: "string" },
});

const Server = Type.Object({
  port: Type.Object({
    number: Port,
    name: Type.Optional(Type.String()),
    protocol: Type.String({ minLength: 1, description: "HTTP, HTTPS, HTTP2, TLS, TCP, …" }),
  }),
  hosts: Type.Array(Type.String({ minLength: 1 }), {
    minItems: 1,
    description: "`host` or `namespace/host`; the host may be `*` or start with `*.`.",
  }),
  bind: Type.Optional(Type.String()),
  tls: Type.Optional(
    Type.Object({
      mode: Type.Optional(Type.String()),
      credentialName: Type.Optional(Type.String()),
      httpsRedirect: Type.Optional(Type.Boolean()),
    }),
  ),
});

/** `spec` of a networking.istio.io Gateway. */
export const GatewaySpecSchema = Type.Object({
  selector: Type.Optional(StringMap),
  servers: Type.Array(Server),
});

/** Where a networking.istio.io VirtualService is in force, as its `spec` says. */
export const VirtualServiceBindingSchema = Type.Object({
  hosts: Type.Optional(Type.Array(Type.String())),
  gateways: Type.Optional(Type.Array(Type.String())),
  exportTo: Type.Optional(Type.Array(Type.String())),
});

/** Label of every object that Tollgate writes, and its value. */
export const MANAGED_BY = "app.kubernetes.io/managed-by";
export const MANAGER = "tollgate";

/** `spec` of a v1 Service. */
export const ServiceSpecSchema = Type.Object({
  type: Type.Optional(Type.String()),
  externalName: Type.Optional(Type.String()),
  selector: Type.Optional(StringMap),
  ports: Type.Optional(
    Type.Array(
      Type.Object({
        name: Type.Optional(Type.String()),
        port: Port,
        targetPort: Type.Optional(Type.Unsafe<number | string>({ "x-kubernetes-int-or-string": true })),
      }),
    ),
  ),
});

/** Fields of a v1 Secret, which has no `spec`. */
export const SecretFieldsSchema = Type.Object({
  type: Type.Optional(Type.String()),
  data: Type.Optional(StringMap),
  stringData: Type.Optional(StringMap),
});

/** Fields of a v1 ConfigMap, which has no `spec`. */
export const ConfigMapFieldsSchema = Type.Object({ data: Type.Optional(StringMap) });

/** A networking.istio.io Gateway. */
export interface Gateway extends KubernetesObject {
  kind: "Gateway";
  spec: Static<typeof GatewaySpecSchema>;
}

export type GatewayServer = Static<typeof Server>;

/** A v1 Service. */
export interface Service extends KubernetesObject {
  kind: "Service";
  spec: Static<typeof ServiceSpecSchema>;
}

/** A v1 Secret. `data` is base64, `stringData` is plain and wins. */
export interface Secret extends KubernetesObject {
  kind: "Secret";
  type?: string;
  data?: Record<string, string>;
  stringData?: Record<string, string>;
}

/** A v1 ConfigMap. */
export interface ConfigMap extends KubernetesObject {
  kind: "ConfigMap";
  data?: Record<string, string>;
}

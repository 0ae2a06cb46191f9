/** Many APIRules with few distinct policies, spread over namespaces and gateways. */
import type { Gateway, KubernetesObject } from "../../../controller/api/resources.ts";

/** Where the tokens of all APIRules come from. */
export interface IssuerAddress {
  url: string;
  jwksUri: string;
}

/** Each Gateway serves the hosts `*.<domain>`. */
export const GATEWAYS = ["local", "shop", "partner"].map((name) => ({ name, domain: `${name}.test` }));

export const GATEWAY_NAMESPACE = "gateways";

export const NAMESPACES = Array.from({ length: 20 }, (_, index) => `team-${index}`);

/** Distinct policies that check tokens. */
const JWT_POLICIES = 50;

/** One APIRule in so many checks no tokens. */
const OPEN_SHARE = 5;

/** Path that a rule of every APIRule matches. */
export const PATH = "/api/orders";

/** Gateways on one port; `selectorOf` tells the labels of the pods that serve each. */
export function gateways(port: number, selectorOf: (name: string) => Record<string, string>): Gateway[] {
  return GATEWAYS.map(({ name, domain }) => ({
    apiVersion: "networking.istio.io/v1",
    kind: "Gateway",
    metadata: { name, namespace: GATEWAY_NAMESPACE },
    spec: {
      selector: selectorOf(name),
      servers: [
        { port: { number: port, name: "http", protocol: "HTTP" }, bind: "127.0.0.1", hosts: [`*.${domain}`] },
      ],
    },
  }));
}

/** The scope that APIRule number `index` demands, unless it is edited; undefined where everybody may pass. */
export function scopeAt(index: number): string | undefined {
  return index % OPEN_SHARE === 0 ? undefined : `scope-${index % JWT_POLICIES}`;
}

/** Host of APIRule number `index`. */
export function hostAt(index: number): string {
  return `${nameAt(index)}.${at(GATEWAYS, index).domain}`;
}

/** APIRule number `index`; `scope` replaces the one that it demands. */
export function apiRuleAt(index: number, issuer: IssuerAddress, scope = scopeAt(index)): KubernetesObject {
  return {
    apiVersion: "gateway.kyma-project.io/v2",
    kind: "APIRule",
    metadata: { name: nameAt(index), namespace: at(NAMESPACES, index) },
    spec: {
      gateway: `${GATEWAY_NAMESPACE}/${at(GATEWAYS, index).name}`,
      hosts: [hostAt(index)],
      service: { name: "echo", namespace: "default", port: 80 },
      rules: scope === undefined ? [openRule("/{**}")] : [openRule("/health"), jwtRule(issuer, scope)],
    },
  };
}

function openRule(path: string): object {
  return { path, methods: ["GET"], noAuth: true };
}

function jwtRule({ url, jwksUri }: IssuerAddress, scope: string): object {
  const jwt = {
    authentications: [{ issuer: url, jwksUri }],
    authorizations: [{ requiredScopes: [scope] }],
  };
  return { path: "/api/{**}", methods: ["GET", "POST"], jwt };
}

function nameAt(index: number): string {
  return `api-${String(index).padStart(5, "0")}`;
}

function at<Item>(items: readonly Item[], index: number): Item {
  return items[index % items.length] as Item;
}

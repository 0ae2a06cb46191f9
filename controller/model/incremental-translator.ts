/** `translate` for a set of resources that changes one by one: the cost of an edit does not grow with the set. */
import type { Gateway, KubernetesObject, Service } from "../api/resources.ts";
import { type ApiRuleDocument, readApiRule } from "./api-rule-document.ts";
import { ClaimRegistry, type Incumbent } from "./claim-registry.ts";
import type { ApiRuleResult, ObjectRef, PolicySet } from "./exposure.ts";
import { ForeignHosts, type ForeignVirtualService } from "./foreign-hosts.ts";
import { GatewayPods, type GatewayPodsOptions } from "./gateway-pods.ts";
import { claimantOf, effectiveHost, type HostOwners, mayHave } from "./host-claims.ts";
import type { Mesh } from "./mesh.ts";
import { PolicyBook } from "./policies.ts";
import { translateOne } from "./translate.ts";

interface Entry {
  object: KubernetesObject;
  /** Services that were looked up for the result, whether they exist or not. */
  services: ReadonlySet<string>;
  result?: ApiRuleResult;
}

/** An APIRule as it was read, with its host, which it may not have. */
interface Reading {
  document: ApiRuleDocument;
  host: string | undefined;
}

/** Results by `namespace/name`; undefined for an APIRule that is gone. */
export type ChangedResults = ReadonlyMap<string, ApiRuleResult | undefined>;

/**
 * Holds resources and their translation. After `update` every result equals that of `translate` for all resources
 * together. All Gateways and Services are taken to be known.
 */
export class IncrementalTranslator {
  readonly #entries = new Map<string, Entry>();
  readonly #claims = new ClaimRegistry();
  readonly #foreign = new ForeignHosts();
  readonly #services = new Map<string, Service>();
  readonly #usersOfService = new Map<string, Set<string>>();
  readonly #book = new PolicyBook();
  readonly #gatewayPods: GatewayPodsOptions;
  #gateways: Gateway[] = [];
  #pods: GatewayPods;
  #mesh: Mesh | undefined;
  /** Those whose host is to be resolved again. */
  readonly #unclaimed = new Set<string>();
  /** Those whose result is to be made again. */
  readonly #stale = new Set<string>();
  readonly #removed = new Set<string>();

  constructor(gatewayPods: GatewayPodsOptions = {}) {
    this.#gatewayPods = gatewayPods;
    this.#pods = new GatewayPods([], gatewayPods);
  }

  /** Adds or replaces an APIRule, which is not validated yet. */
  setApiRule(object: KubernetesObject): void {
    const key = keyOf(object.metadata);
    const services = this.#entries.get(key)?.services ?? new Set();
    this.#entries.set(key, { object, services });
    this.#removed.delete(key);
    this.#unclaimed.add(key);
  }

  /** Takes an APIRule out; its host becomes free. */
  deleteApiRule(ref: ObjectRef): void {
    const key = keyOf(ref);
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#noteServices(key, entry, new Set());
    this.#entries.delete(key);
    this.#unclaimed.delete(key);
    this.#stale.delete(key);
    this.#removed.add(key);
    for (const other of this.#claims.release(key)) this.#stale.add(other);
  }

  /** Replaces all Gateways: every APIRule is translated again. */
  setGateways(gateways: Gateway[]): void {
    this.#gateways = gateways;
    this.#pods = new GatewayPods(gateways, this.#gatewayPods);
    for (const key of this.#entries.keys()) this.#unclaimed.add(key);
  }

  /** Replaces the mesh configuration: every APIRule with external authorizers is translated again. */
  setMesh(mesh: Mesh): void {
    this.#mesh = mesh;
    for (const [key, { object }] of this.#entries) {
      if (JSON.stringify(object.spec ?? null).includes('"extAuth"')) this.#stale.add(key);
    }
  }

  /** Adds or replaces a Service. */
  setService(service: Service): void {
    const key = keyOf(service.metadata);
    this.#services.set(key, service);
    this.#markUsersOf(key);
  }

  /** Takes a Service out. */
  deleteService(ref: ObjectRef): void {
    const key = keyOf(ref);
    if (this.#services.delete(key)) this.#markUsersOf(key);
  }

  /** Adds, replaces or takes out a VirtualService that belongs to no APIRule. */
  setForeign(ref: ObjectRef, virtualService: ForeignVirtualService | undefined): void {
    for (const host of this.#foreign.set(ref, virtualService))
      for (const key of this.#claims.relatedTo(host)) this.#stale.add(key);
  }

  /** Replaces what an APIRule has at gateways now; it need not be one that is held here. */
  setIncumbent(ref: ObjectRef, incumbent: Incumbent | undefined): void {
    for (const key of this.#claims.setIncumbent(keyOf(ref), incumbent)) this.#stale.add(key);
  }

  /** Translates what has changed since the last call, and returns the new results. Throws as `translate` does. */
  update(): ChangedResults {
    const readings = new Map<string, Reading>();
    for (const key of this.#unclaimed) {
      const reading = this.#read(key);
      if (reading === undefined) continue;
      readings.set(key, reading);
      this.#stale.add(key);
      for (const other of this.#claims.claim(key, claimantOf(reading.document), reading.host))
        this.#stale.add(other);
    }
    this.#unclaimed.clear();
    const changed = new Map<string, ApiRuleResult | undefined>();
    for (const key of this.#removed) changed.set(key, undefined);
    for (const key of this.#stale) changed.set(key, this.#translate(key, readings.get(key)));
    this.#removed.clear();
    this.#stale.clear();
    return changed;
  }

  /** The last result of an APIRule. */
  resultOf(ref: ObjectRef): ApiRuleResult | undefined {
    return this.#entries.get(keyOf(ref))?.result;
  }

  /** The APIRule that has a host where a Gateway, `namespace/name`, is served. */
  ownerOfHost(host: string, gateway: string): ObjectRef | undefined {
    return this.#claims.ownerOf(host, { gateway, pods: this.#pods });
  }

  /** The APIRules that claim exactly this host. */
  claimantsOf(host: string): ObjectRef[] {
    return this.#claims.claimantsOf(host);
  }

  /** Where hosts are served. */
  get pods(): GatewayPods {
    return this.#pods;
  }

  /** The policies with the given ids and all that they name. */
  policySet(ids: Iterable<string>): PolicySet {
    return this.#book.select(ids);
  }

  /** Number of policies in memory. */
  get policyCount(): number {
    return this.#book.size;
  }

  /** Frees the memory of all policies but those with the given ids, which must hold all that results name. */
  retainPolicies(ids: ReadonlySet<string>): void {
    this.#book.retain(ids);
  }

  #read(key: string): Reading | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const document = readApiRule(entry.object);
    return { document, host: effectiveHost(document, { gateways: this.#gateways }) };
  }

  #translate(key: string, reading = this.#read(key)): ApiRuleResult | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || reading === undefined) return undefined;
    const { document, host } = reading;
    const isItsOwn = host !== undefined && mayHave(document, host, this.#hostOwners());
    const services = new Set<string>();
    const index = { get: (name: string) => this.#services.get(note(services, name)) };
    const surroundings = { services: index, mesh: this.#mesh };
    entry.result = translateOne(document, isItsOwn ? host : undefined, surroundings, this.#book);
    this.#noteServices(key, entry, services);
    return entry.result;
  }

  #hostOwners(): HostOwners {
    return { claims: this.#claims, foreign: this.#foreign, pods: this.#pods };
  }

  #noteServices(key: string, entry: Entry, services: ReadonlySet<string>): void {
    for (const name of entry.services) {
      const users = this.#usersOfService.get(name);
      users?.delete(key);
      if (users?.size === 0) this.#usersOfService.delete(name);
    }
    for (const name of services) {
      const users = this.#usersOfService.get(name) ?? new Set();
      this.#usersOfService.set(name, users.add(key));
    }
    entry.services = services;
  }

  #markUsersOf(service: string): void {
    for (const key of this.#usersOfService.get(service) ?? []) this.#stale.add(key);
  }
}

function note(names: Set<string>, name: string): string {
  names.add(name);
  return name;
}

function keyOf({ namespace, name }: ObjectRef): string {
  return `${namespace}/${name}`;
}

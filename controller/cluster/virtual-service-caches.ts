/** The VirtualServices of a cluster: those of APIRules apart from all others, whatever labels they have. */
import type { KubernetesObject } from "../api/resources.ts";
import { ObjectCache } from "../kube/object-cache.ts";
import {
  type ForeignVirtualService,
  readForeign,
  type VirtualServiceBinding,
} from "../model/foreign-hosts.ts";
import { apiRuleOfVirtualService } from "../model/own-virtual-service.ts";
import { type KeptVirtualService, keepVirtualService } from "./kept-objects.ts";

type Side = Pick<ObjectCache<unknown>, "put" | "remove" | "hasNewer">;

/** Filled with all VirtualServices. One that is seen to change sides leaves one cache before it is in the other. */
export class VirtualServiceCaches {
  readonly ours = new ObjectCache<KeptVirtualService>(keepVirtualService);
  readonly foreign = new ObjectCache<ForeignVirtualService>(keepForeign);

  /** Takes over a state that a watch has shown, unless a newer one is known. */
  put(object: KubernetesObject): void {
    const [side, other] = this.#sidesOf(object);
    if (other.hasNewer(object)) return;
    other.remove(object);
    side.put(object);
  }

  /** Takes an object out, unless a newer state of it is known. */
  remove(object: KubernetesObject): void {
    this.ours.remove(object);
    this.foreign.remove(object);
  }

  /** Takes over a complete list. */
  replace(objects: readonly KubernetesObject[]): void {
    const ours = objects.filter((object) => apiRuleOfVirtualService(object) !== undefined);
    const foreign = objects.filter((object) => apiRuleOfVirtualService(object) === undefined);
    this.ours.replace(ours);
    this.foreign.replace(foreign);
  }

  #sidesOf(object: KubernetesObject): [Side, Side] {
    const isOurs = apiRuleOfVirtualService(object) !== undefined;
    return isOurs ? [this.ours, this.foreign] : [this.foreign, this.ours];
  }
}

function keepForeign({ metadata: { namespace, name }, spec }: KubernetesObject): ForeignVirtualService {
  return readForeign({ namespace, name }, (spec ?? {}) as VirtualServiceBinding);
}

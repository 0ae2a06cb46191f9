/**
 * The APIRule resource. This definition is the only one: the type, the CustomResourceDefinition, the reference in the
 * documentation and the model's validation come from it.
 */
import { Type } from "typebox";
import { SpecSchema } from "./apirule/spec.ts";
import { StatusSchema } from "./apirule/status.ts";
import type { ObjectMeta } from "./resources.ts";

export const APIRULE_GROUP = "gateway.kyma-project.io";
export const APIRULE_VERSION = "v2";
export const APIRULE_KIND = "APIRule";

/** Schema of an APIRule. Unknown fields are refused; `metadata` is the API server's business. */
export const ApiRuleSchema = Type.Object(
  {
    apiVersion: Type.Literal(`${APIRULE_GROUP}/${APIRULE_VERSION}`, {
      description: "Version of the schema that the object follows.",
    }),
    kind: Type.Literal(APIRULE_KIND, { description: "Kind of the object." }),
    metadata: Type.Unsafe<ObjectMeta>({
      type: "object",
      description: "Name, namespace and other data of the object.",
    }),
    spec: SpecSchema,
    status: Type.Optional(StatusSchema),
  },
  { description: "Exposes a service under a host and says who may call it." },
);

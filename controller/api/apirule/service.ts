/** `service` of an APIRule or of one of its rules. */
import { Type } from "typebox";
import { Filled } from "./fields.ts";
import { MESSAGES } from "./keywords.ts";

/** Where requests go. */
export const ServiceSchema = Type.Object(
  {
    name: Filled("service name is required but missing", {
      maxLength: 63,
      pattern: "^([a-z0-9]([-a-z0-9]*[a-z0-9])?)?$",
      [MESSAGES]: {
        missing: "service name is required but missing",
        pattern: "is not the name of a Service",
      },
      description: "Name of the Service. A name that no Service has is refused.",
    }),
    namespace: Type.Optional(
      Type.String({
        pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
        description:
          "Namespace of the Service. Default: the namespace of `spec.service`, else that of the APIRule; this also " +
          "holds for a rule that names a service of its own.",
      }),
    ),
    port: Type.Integer({
      minimum: 1,
      maximum: 65_535,
      format: "int32",
      description: "Port of the Service. A port that the Service does not have is refused.",
    }),
    external: Type.Optional(
      Type.Boolean({
        description: "Has no effect; it is accepted so that existing manifests apply unchanged.",
      }),
    ),
  },
  {
    description:
      "Service that the requests go to. `spec.service` serves every rule that has no `service`; a rule for which " +
      "neither is set is refused.",
  },
);

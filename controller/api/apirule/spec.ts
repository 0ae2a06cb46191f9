/** `spec` of an APIRule. */
import { type Static, Type } from "typebox";
import { CorsPolicySchema } from "./cors.ts";
import { type CelRule, celRules, MESSAGES, matches } from "./keywords.ts";
import { RuleSchema, Timeout } from "./rule.ts";
import { ServiceSchema } from "./service.ts";

const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const HOST_PATTERN = `^(?:\\*\\.(?:${LABEL}\\.)+[a-z0-9]{2,63}|(?:${LABEL})(?:(?:\\.${LABEL})*(?:\\.[a-z0-9]{2,63}))?)$`;
const REFERENCE_PATTERN = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?/([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)$";

const Host = Type.String({
  maxLength: 255,
  ...celRules(
    matches(
      HOST_PATTERN,
      "Host must be a lowercase RFC 1123 label (must consist of lowercase alphanumeric characters or '-', and must " +
        "start and end with an lowercase alphanumeric character), a fully qualified domain name, or a wildcard domain " +
        "name (e.g. *.local.kyma.dev)",
    ),
  ),
  description: "One host name.",
});

const oneGateway: CelRule<{ gateway?: string; externalGateway?: string }> = {
  cel: "!has(self.gateway)||!has(self.externalGateway)",
  message: "Only one of gateway or externalGateway can be specified",
  check: ({ gateway, externalGateway }) => gateway == null || externalGateway == null,
};

const someService: CelRule = {
  cel: "has(self.service)||self.rules.all(rule,has(rule.service))",
  message: "The rule must define a service, because no service is defined on spec level",
};

const someGateway: CelRule<{ gateway?: string; externalGateway?: string }> = {
  cel: "has(self.gateway)||has(self.externalGateway)",
  message: "Either gateway or externalGateway must be specified",
  check: ({ gateway, externalGateway }) => gateway != null || externalGateway != null,
};

/** As many as the API server can hold against the rules for paths in reasonable time. */
const MAX_RULES = 2_000;

/** What the user wants. */
export const SpecSchema = Type.Object(
  {
    hosts: Type.Array(Host, {
      minItems: 1,
      maxItems: 1,
      [MESSAGES]: { missing: "No hosts defined" },
      description:
        "The host under which the service is exposed: a fully qualified name, a wildcard such as `*.example.com`, or a " +
        "single label, which is completed from the Gateway if all its servers have the same single host `*.<domain>`. " +
        "A host that another APIRule or VirtualService has is refused; of several APIRules that want one at once, the oldest " +
        "gets it.",
    }),
    gateway: Type.Optional(
      Type.String({
        maxLength: 127,
        ...celRules(matches(REFERENCE_PATTERN, "Gateway must be in the namespace/name format")),
        description:
          "Istio Gateway as `namespace/name`. There is no default: an APIRule without it is refused, and so is one whose " +
          "Gateway does not exist or does not serve the host.",
      }),
    ),
    externalGateway: Type.Optional(
      Type.String({
        maxLength: 127,
        ...celRules(matches(REFERENCE_PATTERN, "ExternalGateway must be in the namespace/name format")),
        description: "ExternalGateway as `namespace/name`. Not supported: refused.",
      }),
    ),
    service: Type.Optional(ServiceSchema),
    timeout: Type.Optional(Timeout("Default: 180.")),
    corsPolicy: Type.Optional(CorsPolicySchema),
    onlyThroughGateway: Type.Optional(
      Type.Boolean({
        description:
          "In a cluster, whether the workloads of all services of the rules refuse whoever does not come through the gateway: " +
          "an AuthorizationPolicy on them admits the gateway's identity alone. It needs workloads in the mesh, by sidecar or " +
          "ambient mode, and refuses callers inside the cluster, too. Default: false.",
      }),
    ),
    rules: Type.Array(RuleSchema, {
      minItems: 1,
      maxItems: MAX_RULES,
      [MESSAGES]: { missing: "No rules defined" },
      description:
        "Rules in order of priority: the first that matches path and method decides alone. A rule that can never match " +
        "because earlier ones cover it is refused.",
    }),
  },
  { ...celRules(someGateway, oneGateway, someService), description: "What to expose, and who may call it." },
);

export type Spec = Static<typeof SpecSchema>;

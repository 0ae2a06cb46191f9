/** What service accounts of Tollgate's namespace ask of the API server, as its audit log tells. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** One request that was answered. */
export interface AuditedRequest {
  /** `get`, `list`, `watch`, `create`, `update`, `patch` or `delete`. */
  verb: string;
  /** Empty for the core group. */
  group: string;
  /** Plural, with `/status` for the status. */
  resource: string;
  /** Absent: all namespaces. */
  namespace?: string;
  /** Status of the answer. */
  code: number;
  /** Milliseconds since 1970 when it was received. */
  time: number;
}

interface AuditEvent {
  verb: string;
  objectRef?: { apiGroup?: string; resource: string; subresource?: string; namespace?: string };
  responseStatus?: { code?: number };
  requestReceivedTimestamp: string;
}

const GROUP = "system:serviceaccounts:tollgate-system";

const POLICY = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [{ level: "Metadata", userGroups: [GROUP] }, { level: "None" }],
};

/** Writes the audit policy of the API server in this folder. JSON is YAML. */
export async function writeAuditPolicy(folder: string): Promise<void> {
  await writeFile(filesIn(folder).policy, JSON.stringify(POLICY));
}

/** Arguments of the API server. */
export function auditArguments(folder: string): string[] {
  const { policy, log } = filesIn(folder);
  return [`--audit-policy-file=${policy}`, `--audit-log-path=${log}`, "--audit-log-maxsize=1000"];
}

/** Everything that was asked so far. A watch counts from its start. */
export async function readAuditLog(folder: string): Promise<AuditedRequest[]> {
  const lines = (await readFile(filesIn(folder).log, "utf8")).split("\n");
  return lines.filter((line) => line !== "").map((line) => requestOf(JSON.parse(line) as AuditEvent));
}

function requestOf({
  verb,
  objectRef,
  responseStatus,
  requestReceivedTimestamp,
}: AuditEvent): AuditedRequest {
  const { apiGroup = "", resource = "", subresource, namespace } = objectRef ?? {};
  return {
    verb,
    group: apiGroup,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    ...(namespace !== undefined && { namespace }),
    code: responseStatus?.code ?? 0,
    time: Date.parse(requestReceivedTimestamp),
  };
}

function filesIn(folder: string): { policy: string; log: string } {
  return { policy: join(folder, "audit-policy.json"), log: join(folder, "audit.log") };
}

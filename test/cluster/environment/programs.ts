/** Which programs the control plane consists of and how each is built; the versions of their sources are in go/go.mod. */

/** A program, its main package, and what its build needs beyond the defaults. */
export interface Program {
  name: ProgramName;
  mainPackage: string;
  /** Go build tags. */
  tags: string[];
}

export type ProgramName =
  | "etcd"
  | "kube-apiserver"
  | "kube-controller-manager"
  | "kubectl"
  | "pilot-discovery"
  | "pilot-agent"
  | "crane";

/** In the order of their builds: the later ones share most of what the earlier ones have compiled. */
export const PROGRAMS: readonly Program[] = [
  { name: "etcd", mainPackage: "go.etcd.io/etcd/server/v3", tags: [] },
  { name: "kube-apiserver", mainPackage: "k8s.io/kubernetes/cmd/kube-apiserver", tags: [] },
  { name: "kube-controller-manager", mainPackage: "k8s.io/kubernetes/cmd/kube-controller-manager", tags: [] },
  { name: "kubectl", mainPackage: "k8s.io/kubernetes/cmd/kubectl", tags: [] },
  {
    name: "pilot-discovery",
    mainPackage: "istio.io/istio/pilot/cmd/pilot-discovery",
    tags: ["vtprotobuf", "disable_pgv"],
  },
  {
    name: "pilot-agent",
    mainPackage: "istio.io/istio/pilot/cmd/pilot-agent",
    tags: ["agent", "disable_pgv", "grpcnotrace", "retrynotrace"],
  },
  { name: "crane", mainPackage: "github.com/google/go-containerregistry/cmd/crane", tags: [] },
];

/** Module whose folder holds `ISTIO_FILES`. */
export const ISTIO_MODULE = "istio.io/istio";

/** Files of Istio's sources that the control plane needs to run, by the name that they get here. */
export const ISTIO_FILES = {
  "istio-crds.yaml": "manifests/charts/base/files/crd-all.gen.yaml",
  "envoy-bootstrap.json": "tools/packaging/common/envoy_bootstrap.json",
} as const;

/** Versions that the programs tell of themselves, which a build from modules does not know. */
const VERSIONS = {
  "k8s.io/component-base/version.gitVersion": "v1.36.3",
  "k8s.io/component-base/version.gitMajor": "1",
  "k8s.io/component-base/version.gitMinor": "36",
  "istio.io/istio/pkg/version.buildVersion": "1.31.0",
  "istio.io/istio/pkg/version.buildStatus": "Clean",
};

/** Options of the Go linker: no debug information, and the versions. */
export const LINKER_FLAGS = [
  "-s",
  "-w",
  ...Object.entries(VERSIONS).map(([name, value]) => `-X ${name}=${value}`),
].join(" ");

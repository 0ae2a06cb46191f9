/** A named Envoy resource in the JSON mapping of proto3, with the type URL of its message. */
export interface EnvoyResource {
  "@type": string;
  name: string;
  [field: string]: unknown;
}

/** Type URLs (https://github.com/protocolbuffers/protobuf, google.protobuf.Any) of the resources and extensions in use. */
export const TYPE_URLS = {
  listener: "type.googleapis.com/envoy.config.listener.v3.Listener",
  cluster: "type.googleapis.com/envoy.config.cluster.v3.Cluster",
  dnsCluster: "type.googleapis.com/envoy.extensions.clusters.dns.v3.DnsCluster",
  routeConfiguration: "type.googleapis.com/envoy.config.route.v3.RouteConfiguration",
  extensionConfig: "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig",
  secret: "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret",
  downstreamTls: "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
  tlsInspector: "type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector",
  connectionManager:
    "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
  wasm: "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
  cors: "type.googleapis.com/envoy.extensions.filters.http.cors.v3.Cors",
  corsPolicy: "type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy",
  rbac: "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC",
  rbacPerRoute: "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBACPerRoute",
  extAuthz: "type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz",
  router: "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router",
  fileAccessLog: "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
  downstreamConnections:
    "type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig",
  fixedHeap: "type.googleapis.com/envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig",
  stringValue: "type.googleapis.com/google.protobuf.StringValue",
} as const;

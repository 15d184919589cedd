package main

import (
	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	http "github.com/envoyproxy/go-control-plane/envoy/extensions/upstreams/http/v3"
)

const httpOptions = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"

// keepsHTTP2 says whether a proxy that reads HTTP/2 sends HTTP/2 on: by the cluster's own choice, or because it follows
// the caller. A cluster that says nothing speaks HTTP/1.1, and gRPC and cleartext HTTP/2 break there.
func keepsHTTP2(to *cluster.Cluster) bool {
	said, ok := to.GetTypedExtensionProtocolOptions()[httpOptions]
	options := &http.HttpProtocolOptions{}
	if !ok || said.UnmarshalTo(options) != nil {
		return false
	}
	return options.GetExplicitHttpConfig().GetHttp2ProtocolOptions() != nil ||
		options.GetUseDownstreamProtocolConfig().GetHttp2ProtocolOptions() != nil
}

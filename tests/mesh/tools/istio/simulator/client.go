package main

import (
	"slices"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpoint "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	tls "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	"google.golang.org/protobuf/proto"

	"istio.io/istio/pilot/pkg/networking/util"
	"istio.io/istio/pilot/pkg/simulation"
	"istio.io/istio/pilot/pkg/xds/endpoints"
	"istio.io/istio/pilot/test/xdstest"
)

// Wire is what arrives at an endpoint: how it is wrapped, who wrapped it, and which ALPN names it offers.
type Wire struct {
	Sent string // plain, tls or mtls
	By   string // app or proxy, for tls
	Alpn string
	// Older is set where HTTP/2 left the application, and goes on as HTTP/1.1.
	Older bool
}

// Hop is one endpoint that a call can land on, and what it receives.
type Hop struct {
	Destination
	Wire
}

// Matched names what the caller's proxy chose.
type Matched struct {
	Listener    string `json:"listener,omitempty"`
	FilterChain string `json:"filterChain,omitempty"`
	Route       string `json:"route,omitempty"`
	Cluster     string `json:"cluster,omitempty"`
	Error       string `json:"error,omitempty"`
}

// send walks the caller's side. Without a proxy the application's bytes go where Kubernetes sends them.
func (w *World) send(call Call, address string) (Matched, []Hop) {
	if !call.Proxied {
		return Matched{}, hops(w.deliver(address, call.Port), call.bare())
	}
	caller, known := w.pods[call.From.Namespace+"/"+call.From.Pod]
	if !known {
		return Matched{Error: "no such caller"}, nil
	}
	sidecar := w.proxyOf(caller)
	asHTTP := false
	result := sidecar.sim.Run(simulation.Call{
		Address: address, Port: call.Port, Protocol: call.inside(), TLS: call.wrapped(), Sni: call.serverName(),
		HostHeader: call.Host, CallMode: simulation.CallModeOutbound,
		CustomListenerValidations: []simulation.CustomFilterChainValidation{func(chain *listener.FilterChain) error {
			asHTTP = isHTTP(chain)
			return nil
		}},
	})
	matched := Matched{
		Listener: result.ListenerMatched, FilterChain: result.FilterChainMatched,
		Route: result.RouteMatched, Cluster: result.ClusterMatched,
	}
	switch {
	case result.Error != nil:
		matched.Error = result.Error.Error()
		return matched, nil
	case result.ClusterMatched == "" && result.RouteMatched != "":
		// A route without a cluster answers by itself: 502 for what is blocked, or a redirect.
		matched.Error = "answered by the caller's proxy"
		return matched, nil
	}
	chosen := xdstest.ExtractCluster(result.ClusterMatched, sidecar.sim.Clusters)
	if chosen == nil {
		matched.Error = "no such cluster"
		return matched, nil
	}
	return matched, w.through(sidecar, chosen, call, address, asHTTP)
}

// through lists the endpoints of a cluster with what each is sent.
func (w *World) through(from proxied, to *cluster.Cluster, call Call, address string, asHTTP bool) []Hop {
	found := []Hop{}
	add := func(destinations []Destination, metadata *core.Metadata) {
		wire := upstream(to, metadata, call, asHTTP)
		wire.Older = asHTTP && call.Protocol == "http2" && !keepsHTTP2(to)
		found = append(found, hops(destinations, wire)...)
	}
	assigned := to.GetLoadAssignment()
	switch {
	case to.GetType() == cluster.Cluster_ORIGINAL_DST:
		add(w.deliver(address, originalPort(to, call.Port)), nil)
		return found
	case to.GetClusterType() != nil:
		// A dynamic forward proxy resolves the name that the call brings, as the application did.
		add(w.deliver(address, call.Port), nil)
		return found
	case to.GetType() == cluster.Cluster_EDS:
		builder := endpoints.NewEndpointBuilder(to.Name, from.proxy, w.server.PushContext())
		assigned = builder.BuildClusterLoadAssignment(w.server.Discovery.Env.EndpointIndex)
	}
	for _, locality := range assigned.GetEndpoints() {
		for _, one := range locality.GetLbEndpoints() {
			add(w.resolve(place(one)), one.GetMetadata())
		}
	}
	return found
}

func originalPort(to *cluster.Cluster, called int) int {
	if forced := to.GetOriginalDstLbConfig().GetUpstreamPortOverride(); forced != nil {
		return int(forced.GetValue())
	}
	return called
}

func place(one *endpoint.LbEndpoint) (string, int) {
	address := one.GetEndpoint().GetAddress().GetSocketAddress()
	return address.GetAddress(), int(address.GetPortValue())
}

func hops(destinations []Destination, wire Wire) []Hop {
	found := []Hop{}
	for _, destination := range destinations {
		found = append(found, Hop{destination, wire})
	}
	return found
}

// upstream says how a cluster's transport socket wraps the bytes for an endpoint.
func upstream(to *cluster.Cluster, metadata *core.Metadata, call Call, asHTTP bool) Wire {
	socket := socketFor(to, metadata)
	context := &tls.UpstreamTlsContext{}
	if socket == nil || socket.GetTypedConfig().UnmarshalTo(context) != nil {
		return call.bare() // raw_buffer has a configuration of another type
	}
	certificates := context.GetCommonTlsContext().GetTlsCertificateSdsSecretConfigs()
	if len(certificates) == 0 || certificates[0].GetName() != "default" {
		return Wire{Sent: "tls", By: "proxy"}
	}
	// Istio's ALPN filter sits in HTTP chains and tells the server what is inside; TCP chains say "istio" alone.
	alpn := "istio"
	if asHTTP && call.Protocol == "http2" {
		alpn = "istio-h2"
	} else if asHTTP {
		alpn = "istio-http/1.1"
	}
	return Wire{Sent: "mtls", By: "proxy", Alpn: alpn}
}

// socketFor follows Envoy: the first match whose every value the endpoint's metadata has, else the cluster's own.
func socketFor(to *cluster.Cluster, metadata *core.Metadata) *core.TransportSocket {
	has := metadata.GetFilterMetadata()[util.EnvoyTransportSocketMetadataKey].GetFields()
	for _, candidate := range to.GetTransportSocketMatches() {
		fits := true
		for key, wanted := range candidate.GetMatch().GetFields() {
			fits = fits && proto.Equal(has[key], wanted)
		}
		if fits {
			return candidate.GetTransportSocket()
		}
	}
	return to.GetTransportSocket()
}

func isHTTP(chain *listener.FilterChain) bool {
	return slices.ContainsFunc(chain.GetFilters(), func(filter *listener.Filter) bool {
		return filter.GetName() == "envoy.filters.network.http_connection_manager"
	})
}

package main

import (
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"

	"istio.io/istio/pilot/pkg/simulation"
	"istio.io/istio/pilot/test/xdstest"
)

// Received is one endpoint's view of a call.
type Received struct {
	Address  string `json:"address"`
	Port     int    `json:"port"`
	Pod      string `json:"pod,omitempty"`
	Sent     string `json:"sent"`
	By       string `json:"by,omitempty"`
	Accepted bool   `json:"accepted"`
	// Depends is set where the bytes arrive, but in TLS that the caller's proxy added and the application must speak.
	Depends bool   `json:"depends,omitempty"`
	Error   string `json:"error,omitempty"`
}

// Outcome is what happens to one call.
type Outcome struct {
	ID        string     `json:"id"`
	Matched   Matched    `json:"matched"`
	Endpoints []Received `json:"endpoints"`
	Outcome   string     `json:"outcome"`
	Encrypted string     `json:"encrypted"`
	Undecided string     `json:"undecided,omitempty"`
}

// bare is what the application sends by itself.
func (c Call) bare() Wire {
	if c.Protocol == "tls" {
		return Wire{Sent: "tls", By: "app"}
	}
	return Wire{Sent: "plain"}
}

// inside is what the simulator takes the application's bytes for, under whatever wraps them.
func (c Call) inside() simulation.Protocol {
	switch c.Protocol {
	case "http":
		return simulation.HTTP
	case "http2":
		return simulation.HTTP2
	}
	return simulation.TCP
}

func (c Call) wrapped() simulation.TLSMode {
	if c.Protocol == "tls" {
		return simulation.TLS
	}
	return simulation.Plaintext
}

// serverName is what a ClientHello of the application names; no other first bytes name a server.
func (c Call) serverName() string {
	if c.Protocol == "tls" {
		return c.Host
	}
	return ""
}

// judge walks a call from end to end for every address that its name stands for.
func (w *World) judge(call Call) Outcome {
	outcome := Outcome{ID: call.ID, Endpoints: []Received{}}
	addresses := call.Addresses
	if len(addresses) == 0 {
		addresses = []string{call.Address}
	}
	failed := false
	for _, address := range addresses {
		matched, hops := w.send(call, address)
		outcome.Matched = matched
		failed = failed || len(hops) == 0
		for _, hop := range hops {
			outcome.Endpoints = append(outcome.Endpoints, w.receive(call, hop))
		}
	}
	outcome.conclude(failed)
	return outcome
}

// receive walks the endpoint's side.
func (w *World) receive(call Call, hop Hop) Received {
	received := Received{Address: hop.Address, Port: hop.Port, Sent: hop.Sent, By: hop.By, Accepted: true}
	pod := w.byIP[hop.Address]
	if pod != nil {
		received.Pod = pod.Namespace + "/" + pod.Name
	}
	received.Depends = hop.Sent == "tls" && hop.By == "proxy"
	opened := false // whether a proxy takes the TLS off
	if injected(pod) {
		sim, asHTTP := w.proxyOf(pod).sim, false
		result := sim.Run(inbound(call, hop, func(chain *listener.FilterChain) error {
			opened, asHTTP = chain.GetTransportSocket() != nil, isHTTP(chain)
			return nil
		}))
		if result.Error != nil {
			received.Accepted, received.Error = false, result.Error.Error()
		}
		if asHTTP && call.Protocol == "http2" {
			hop.Older = hop.Older || !keepsHTTP2(xdstest.ExtractCluster(result.ClusterMatched, sim.Clusters))
		}
	}
	if received.Accepted && hop.Older {
		received.Accepted, received.Error = false, "HTTP/2 has become HTTP/1.1 before the application"
	}
	if received.Accepted && hop.Sent == "mtls" && !opened {
		received.Accepted, received.Error = false, "mTLS reaches the application unopened"
	}
	if received.Accepted && received.Depends && call.Protocol == "tls" {
		received.Accepted, received.Error = false, "TLS within TLS reaches the application"
	}
	received.Depends = received.Depends && received.Accepted
	return received
}

func inbound(call Call, hop Hop, seen simulation.CustomFilterChainValidation) simulation.Call {
	modes := map[string]simulation.TLSMode{
		"plain": simulation.Plaintext, "tls": simulation.TLS, "mtls": simulation.MTLS,
	}
	return simulation.Call{
		Address: hop.Address, Port: hop.Port, Protocol: call.inside(), TLS: modes[hop.Sent], Alpn: hop.Alpn,
		HostHeader: call.Host, Sni: call.serverName(), CallMode: simulation.CallModeInbound,
		CustomListenerValidations: []simulation.CustomFilterChainValidation{seen},
	}
}

// conclude sums the endpoints up: every one takes the call, none does, or it depends on which one is hit.
func (o *Outcome) conclude(failed bool) {
	sent := map[string]bool{}
	depends, refused := false, failed
	for _, one := range o.Endpoints {
		if one.Accepted {
			sent[one.Sent] = true
			depends = depends || one.Depends
		}
		refused = refused || !one.Accepted
	}
	o.Outcome, o.Encrypted = "ok", "na"
	switch {
	case len(sent) == 0:
		o.Outcome = "fail"
	case refused || depends:
		o.Outcome = "conditional"
	}
	switch {
	case len(sent) > 1:
		o.Encrypted = "partial"
	case sent["plain"]:
		o.Encrypted = "no"
	case len(sent) == 1:
		for kind := range sent {
			o.Encrypted = kind
		}
	}
	if o.Matched.Error == simulation.ErrMultipleFilterChain.Error() {
		o.Undecided = "several filter chains match, and the simulator does not choose"
	}
}

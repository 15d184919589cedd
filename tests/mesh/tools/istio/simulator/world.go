package main

import (
	"fmt"
	"strings"
	"testing"

	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/runtime"

	meshconfig "istio.io/api/mesh/v1alpha1"
	"istio.io/istio/pilot/pkg/config/kube/crd"
	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/pkg/simulation"
	"istio.io/istio/pilot/test/xds"
	"istio.io/istio/pkg/config"
	"istio.io/istio/pkg/config/mesh"
	kubelib "istio.io/istio/pkg/kube"
	"istio.io/istio/pkg/test"
)

// istioVersion is what the proxies say of themselves; generators look at it.
const istioVersion = "1.30.4"

// proxied is a pod's proxy and what it was configured with.
type proxied struct {
	proxy *model.Proxy
	sim   *simulation.Simulation
}

// World is one cluster with its control plane.
type World struct {
	t        test.Failer
	server   *xds.FakeDiscoveryServer
	pods     map[string]*corev1.Pod // by "namespace/name"
	byIP     map[string]*corev1.Pod
	services map[string]*corev1.Service // by ClusterIP
	slices   []*discoveryv1.EndpointSlice
	proxies  map[string]proxied // by IP of the pod
}

// newWorld starts the control plane with the objects of a request.
func newWorld(t test.Failer, request Request) *World {
	kubernetes, istio := split(t, request.Objects)
	world := &World{
		t: t, pods: map[string]*corev1.Pod{}, byIP: map[string]*corev1.Pod{},
		services: map[string]*corev1.Service{}, proxies: map[string]proxied{},
	}
	for _, object := range kubernetes {
		world.index(object)
	}
	world.server = xds.NewFakeDiscoveryServer(t, xds.FakeOptions{
		KubernetesObjects: kubernetes,
		Configs:           istio,
		MeshConfig:        meshSettings(request),
	})
	return world
}

// split reads the documents: Istio's own objects with Istio's validation, the others as client-go does.
func split(t test.Failer, documents string) (kubernetes []runtime.Object, istio []config.Config) {
	decode := kubelib.IstioCodec.UniversalDeserializer().Decode
	own := []string{}
	for _, document := range strings.Split("\n"+documents, "\n---\n") {
		switch {
		case strings.TrimSpace(document) == "":
		case strings.Contains("\n"+document, "\napiVersion: networking.istio.io/"),
			strings.Contains("\n"+document, "\napiVersion: security.istio.io/"):
			own = append(own, document)
		default:
			object, _, err := decode([]byte(document), nil, nil)
			if err != nil {
				t.Fatalf("cannot read %q: %v", document, err)
			}
			kubernetes = append(kubernetes, object)
		}
	}
	istio, _, err := crd.ParseInputs(strings.Join(own, "\n---\n"))
	if err != nil {
		t.Fatalf("Istio refuses an object: %v", err)
	}
	for number := range istio {
		// Without it short names would be completed without the cluster's domain; a real control plane sets it too.
		istio[number].Domain = "cluster.local"
	}
	return kubernetes, istio
}

func (w *World) index(object runtime.Object) {
	switch o := object.(type) {
	case *corev1.Pod:
		w.pods[o.Namespace+"/"+o.Name] = o
		w.byIP[o.Status.PodIP] = o
	case *corev1.Service:
		w.services[o.Spec.ClusterIP] = o
	case *discoveryv1.EndpointSlice:
		w.slices = append(w.slices, o)
	}
}

func meshSettings(request Request) *meshconfig.MeshConfig {
	settings := mesh.DefaultMeshConfig()
	if request.Mesh.OutboundTrafficPolicy == "REGISTRY_ONLY" {
		settings.OutboundTrafficPolicy = &meshconfig.MeshConfig_OutboundTrafficPolicy{
			Mode: meshconfig.MeshConfig_OutboundTrafficPolicy_REGISTRY_ONLY,
		}
	}
	if request.Mesh.EnableAutoMtls != nil {
		settings.EnableAutoMtls = wrapperspb.Bool(*request.Mesh.EnableAutoMtls)
	}
	return settings
}

// injected says whether a pod has a sidecar, by the label that injection writes; Istio's endpoints are told by it too.
func injected(pod *corev1.Pod) bool {
	return pod != nil && pod.Labels["security.istio.io/tlsMode"] == "istio"
}

// proxyOf configures the sidecar of a pod, once.
func (w *World) proxyOf(pod *corev1.Pod) proxied {
	if known, ok := w.proxies[pod.Status.PodIP]; ok {
		return known
	}
	proxy := w.server.SetupProxy(&model.Proxy{
		Type:            model.SidecarProxy,
		ID:              fmt.Sprintf("%s.%s", pod.Name, pod.Namespace),
		IPAddresses:     []string{pod.Status.PodIP},
		ConfigNamespace: pod.Namespace,
		Labels:          pod.Labels,
		Metadata: &model.NodeMetadata{
			Namespace: pod.Namespace, Labels: pod.Labels, IstioVersion: istioVersion, ClusterID: "Kubernetes",
		},
	})
	sim := simulation.NewSimulation(&testing.T{}, w.server, proxy)
	sim.Listeners = oneAddressEach(sim.Listeners)
	sim.Routes = oncePerName(sim.Routes)
	w.proxies[pod.Status.PodIP] = proxied{proxy, sim}
	return w.proxies[pod.Status.PodIP]
}

// oneAddressEach repeats a listener for each of its addresses, since the simulator looks at the first one alone.
func oneAddressEach(listeners []*listener.Listener) []*listener.Listener {
	all := listeners
	for _, one := range listeners {
		for _, more := range one.GetAdditionalAddresses() {
			copied := proto.Clone(one).(*listener.Listener)
			copied.Address = more.GetAddress()
			all = append(all, copied)
		}
	}
	return all
}

// oncePerName keeps the first routes of a name. A headless Service has a listener per pod that all name the same routes;
// an Envoy asks for them once, the test's helper once per listener, and gets them empty from the second time on.
func oncePerName(routes []*route.RouteConfiguration) []*route.RouteConfiguration {
	seen := map[string]bool{}
	kept := []*route.RouteConfiguration{}
	for _, one := range routes {
		if !seen[one.GetName()] {
			kept = append(kept, one)
		}
		seen[one.GetName()] = true
	}
	return kept
}
